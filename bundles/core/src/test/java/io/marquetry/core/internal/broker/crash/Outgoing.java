// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.testing.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client has published and is not done with, over any number of connections. */
final class Outgoing {
    private static final int MOST_IDS = 1_000;

    /** Without a packet PUBREL is next. */
    private record Pending(Sent message, Packet.@Nullable Publish again) {}

    private final World world;
    private final String clientId;
    private final Map<Integer, Pending> unacknowledged = new LinkedHashMap<>();
    private int count;

    Outgoing(World world, String clientId) {
        this.world = world;
        this.clientId = clientId;
    }

    int size() {
        return unacknowledged.size();
    }

    /** The session is gone, and its identifiers with it. */
    void clear() {
        unacknowledged.clear();
    }

    void publish(TestClient connection, Sent message) {
        message.inTrouble = world.isInTrouble();
        int packetId = message.qos == 0 ? 0 : count++ % MOST_IDS + 1;
        if (message.qos > 0) {
            unacknowledged.put(packetId, new Pending(message, packet(message, packetId, true)));
        }
        connection.send(packet(message, packetId, false));
    }

    private static Packet.Publish packet(Sent message, int packetId, boolean dup) {
        byte[] payload = message.payload().getBytes(StandardCharsets.UTF_8);
        return new Packet.Publish(
                dup, QoS.of(message.qos), message.retain, message.topic, packetId, payload, Properties.NONE);
    }

    /** A new connection of the same session [MQTT-4.4.0-1]. */
    void repeat(TestClient connection) {
        unacknowledged.forEach((packetId, pending) -> {
            if (pending.again() == null) {
                connection.ack(PacketType.PUBREL, packetId);
            } else {
                pending.message().repeated = true;
                connection.send(pending.again());
            }
        });
    }

    /** PUBACK, PUBREC or PUBCOMP. */
    void take(TestClient connection, Packet.Ack ack) {
        Pending pending = unacknowledged.remove(ack.packetId());
        if (pending != null && ack.type() != PacketType.PUBCOMP) {
            take(pending, ack);
        }
        if (ack.type() == PacketType.PUBREC && !ack.reason().isError()) {
            connection.ack(PacketType.PUBREL, ack.packetId());
        }
    }

    private void take(Pending pending, Packet.Ack ack) {
        Sent message = pending.message();
        ReasonCode reason = ack.reason();
        long now = world.ledger().tick(clientId + " hears of " + message.number + ": " + reason);
        if (reason.isError()) {
            world.failed(clientId + " was told " + reason + " about " + message);
            return;
        }
        if (pending.again() != null) {
            message.acknowledged = now;
            message.finished = now;
        }
        if (ack.type() == PacketType.PUBREC) {
            unacknowledged.put(ack.packetId(), new Pending(message, null));
        }
    }

    @Override
    public String toString() {
        return unacknowledged.toString();
    }
}
