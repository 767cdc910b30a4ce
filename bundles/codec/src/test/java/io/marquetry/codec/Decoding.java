// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Decodes in a test and keeps what came, PUBLISH and acknowledgements as records too. */
final class Decoding implements PacketSink {
    static final int MAX_PACKET_BYTES = 1 << 20;

    private static final Map<ProtocolVersion, ByteBuf> CONNECTS = new EnumMap<>(ProtocolVersion.class);

    static {
        for (ProtocolVersion version : ProtocolVersion.values()) {
            CONNECTS.put(version, Wire.bytes(connectOf(version)));
        }
    }

    final PacketDecoder decoder;
    final PublishView view = new PublishView();
    final List<Packet> packets = new ArrayList<>();

    Decoding(PacketDecoder decoder) {
        this.decoder = decoder;
    }

    /** A decoder of a broker that has read a CONNECT of this version. */
    static Decoding connected(ProtocolVersion version, boolean strict) {
        Decoding decoding = new Decoding(new PacketDecoder(MAX_PACKET_BYTES, strict));
        try {
            decoding.all(CONNECTS.get(version).duplicate());
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
        decoding.packets.clear();
        return decoding;
    }

    static Decoding client(ProtocolVersion version) {
        return new Decoding(PacketDecoder.forClient(version, MAX_PACKET_BYTES));
    }

    static String connectOf(ProtocolVersion version) {
        return switch (version) {
            case MQTT_3_1 -> "10 [ 'MQIsdp' 03 02 003C 'id' ]";
            case MQTT_3_1_1 -> "10 [ 'MQTT' 04 02 003C 'id' ]";
            case MQTT_5 -> "10 [ 'MQTT' 05 02 003C { } 'id' ]";
        };
    }

    boolean next(ByteBuf in) throws ProtocolException {
        return decoder.decodeNext(in, view, this);
    }

    /** Decodes until bytes are missing. */
    List<Packet> all(ByteBuf in) throws ProtocolException {
        while (next(in)) {
            // The packets arrive at the sink.
        }
        return packets;
    }

    List<Packet> all(String wire) throws ProtocolException {
        return all(Wire.bytes(wire));
    }

    @Override
    public void onPublish(PublishView publish) {
        packets.add(new Packet.Publish(
                publish.dup(),
                QoS.of(publish.qos()),
                publish.retain(),
                publish.topicString(),
                publish.packetId(),
                publish.payloadBytes(),
                publish.properties()));
    }

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode reason) {
        packets.add(new Packet.Ack(type, packetId, reason, Properties.NONE));
    }

    @Override
    public void onPacket(Packet packet) {
        packets.add(packet);
    }
}
