// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketDecoder;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.PacketSink;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.ProtocolException;
import io.marquetry.codec.PublishView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The peer of a {@link FakeWire}. It answers nothing by itself: a test sees every packet and says every packet. What
 * the broker sends is read by a strict decoder, so whatever is malformed fails the test.
 */
public final class TestClient implements PacketSink {
    private final TestBroker broker;
    private final FakeWire wire;
    private final ProtocolVersion version;
    private final PacketDecoder decoder;
    private final PublishView view = new PublishView();
    private final ByteBuf unread = Unpooled.buffer();
    private List<Packet> packets = new ArrayList<>();

    TestClient(TestBroker broker, FakeWire wire, ProtocolVersion version) {
        this.broker = broker;
        this.wire = wire;
        this.version = version;
        this.decoder = PacketDecoder.forClient(version, 268_435_455);
    }

    public FakeWire wire() {
        return wire;
    }

    public ProtocolVersion version() {
        return version;
    }

    public boolean isClosed() {
        return wire.isClosed();
    }

    // --- what the client sends ---

    /** Sends a packet; it arrives when the loops run. */
    public TestClient send(Packet packet) {
        if (packet instanceof Packet.Connect connect) {
            broker.seen(connect.clientId());
        }
        ByteBuf out = Unpooled.buffer();
        PacketEncoder.encode(packet, version, out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        wire.send(bytes);
        return this;
    }

    /** Connects and expects to be let in. */
    public TestClient connect(String clientId) {
        return connect(ConnectRequest.of(version, clientId).build());
    }

    /** Connects and expects to be let in. */
    public TestClient connect(Packet.Connect connect) {
        Packet.ConnAck answer = tryConnect(connect);
        if (answer.reason() != ReasonCode.SUCCESS) {
            throw new AssertionError("expected to be let in, got " + answer);
        }
        return this;
    }

    /** Connects and gives back the answer. */
    public Packet.ConnAck tryConnect(Packet.Connect connect) {
        send(connect);
        broker.commit();
        return next(Packet.ConnAck.class);
    }

    /** Subscribes, and expects the quality of service to be granted. */
    public TestClient subscribe(String filter, int qos) {
        return subscribe(Properties.NONE, new Packet.Subscribe.Request(filter, QoS.of(qos), false, false, 0));
    }

    /** Subscribes, and expects every filter to be granted. */
    public TestClient subscribe(Properties properties, Packet.Subscribe.Request... requests) {
        Packet.SubAck answer = trySubscribe(properties, requests);
        if (answer.reasons().stream().anyMatch(ReasonCode::isError)) {
            throw new AssertionError("expected every filter to be granted, got " + answer);
        }
        return this;
    }

    /** Subscribes and gives back the answer; what came before it stays to be read. */
    public Packet.SubAck trySubscribe(Properties properties, Packet.Subscribe.Request... requests) {
        send(new Packet.Subscribe(7, List.of(requests), properties));
        broker.commit();
        return take(Packet.SubAck.class);
    }

    /** Publishes without waiting for anything. */
    public TestClient publish(String topic, String payload, int qos, int packetId) {
        return publish(topic, payload, qos, packetId, false);
    }

    /** Publishes without waiting for anything. */
    public TestClient publish(String topic, String payload, int qos, int packetId, boolean retain) {
        return send(new Packet.Publish(
                false,
                QoS.of(qos),
                retain,
                topic,
                packetId,
                payload.getBytes(StandardCharsets.UTF_8),
                Properties.NONE));
    }

    /** Sends PUBACK, PUBREC, PUBREL or PUBCOMP. */
    public TestClient ack(PacketType type, int packetId) {
        return ack(type, packetId, ReasonCode.SUCCESS);
    }

    /** Sends PUBACK, PUBREC, PUBREL or PUBCOMP. */
    public TestClient ack(PacketType type, int packetId, ReasonCode reason) {
        return send(new Packet.Ack(type, packetId, reason, Properties.NONE));
    }

    /** Says goodbye. */
    public void disconnect() {
        send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.NONE));
        broker.settle();
    }

    /** The network breaks. */
    public void hangUp() {
        wire.breakOff(null);
        broker.settle();
    }

    // --- what the client sees ---

    /** Every packet that has come since the last look. */
    public List<Packet> drain() {
        broker.settle();
        read();
        List<Packet> all = packets;
        packets = new ArrayList<>();
        return all;
    }

    /** Every packet that has come so far, without letting anything more happen. */
    public List<Packet> peekNew() {
        read();
        List<Packet> all = packets;
        packets = new ArrayList<>();
        return all;
    }

    /** The next packet, which must be of this kind. */
    public <T extends Packet> T next(Class<T> kind) {
        broker.settle();
        read();
        if (packets.isEmpty()) {
            throw new AssertionError("expected " + kind.getSimpleName() + ", got nothing"
                    + (isClosed() ? "; the connection is closed: " + broker.endings() : ""));
        }
        Packet first = packets.remove(0);
        if (!kind.isInstance(first)) {
            throw new AssertionError("expected " + kind.getSimpleName() + ", got " + first);
        }
        return kind.cast(first);
    }

    /** The first packet of this kind, taken from among the others. */
    public <T extends Packet> T take(Class<T> kind) {
        broker.settle();
        read();
        for (Packet packet : packets) {
            if (kind.isInstance(packet)) {
                packets.remove(packet);
                return kind.cast(packet);
            }
        }
        throw new AssertionError("expected " + kind.getSimpleName() + " among " + packets);
    }

    /** The payloads of the messages that have come since the last look; nothing else may have come. */
    public List<String> messages() {
        return drain().stream().map(p -> text((Packet.Publish) p)).toList();
    }

    /** The packets since the last look in a short form: {@code PUBACK 1}, {@code PUBLISH q1 #3 payload}. */
    public List<String> story() {
        return drain().stream().map(TestClient::brief).toList();
    }

    /** The payload as text. */
    public static String text(Packet.Publish publish) {
        return new String(publish.payload(), StandardCharsets.UTF_8);
    }

    private static String brief(Packet packet) {
        if (packet instanceof Packet.Ack ack) {
            return ack.type() + " " + ack.packetId() + (ack.reason() == ReasonCode.SUCCESS ? "" : " " + ack.reason());
        }
        if (packet instanceof Packet.Publish p) {
            return "PUBLISH" + (p.dup() ? " dup" : "") + " q" + p.qos().value() + (p.retain() ? " retain" : "") + " "
                    + p.topic() + " " + text(p);
        }
        if (packet instanceof Packet.Disconnect d) {
            return "DISCONNECT " + d.reason();
        }
        return packet.type().toString();
    }

    private void read() {
        unread.writeBytes(wire.received());
        try {
            while (decoder.decodeNext(unread, view, this)) {
                // each packet goes to the list
            }
        } catch (ProtocolException e) {
            throw new AssertionError("the broker sent what is not allowed: " + e.getMessage(), e);
        }
        unread.discardReadBytes();
    }

    @Override
    public void onPublish(PublishView publish) {
        packets.add(new Packet.Publish(
                publish.dup(),
                QoS.of(publish.qos()),
                publish.retain(),
                publish.topicString(),
                publish.packetId(),
                Arrays.copyOf(publish.payloadBytes(), publish.payloadLength()),
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
