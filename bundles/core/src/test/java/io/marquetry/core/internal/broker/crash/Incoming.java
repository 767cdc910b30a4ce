// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.core.internal.testing.TestClient;
import java.util.HashSet;
import java.util.Set;

/** How a client takes messages: it knows QoS 2 ones again by their identifiers, until PUBREL comes [MQTT-4.3.3-8]. */
final class Incoming {
    private final Ledger ledger;
    private final Set<Integer> received = new HashSet<>();

    Incoming(Ledger ledger) {
        this.ledger = ledger;
    }

    boolean isEmpty() {
        return received.isEmpty();
    }

    void clear() {
        received.clear();
    }

    void take(TestClient connection, Incarnation session, Packet.Publish publish) {
        int packetId = publish.packetId();
        switch (publish.qos()) {
            case AT_MOST_ONCE -> arrived(session, publish);
            case AT_LEAST_ONCE -> {
                arrived(session, publish);
                connection.ack(PacketType.PUBACK, packetId);
            }
            case EXACTLY_ONCE -> {
                if (received.add(packetId)) {
                    arrived(session, publish);
                }
                connection.ack(PacketType.PUBREC, packetId);
            }
        }
    }

    private void arrived(Incarnation session, Packet.Publish publish) {
        String how = "QoS " + publish.qos().value() + " #" + publish.packetId() + (publish.dup() ? " again" : "");
        ledger.arrived(session, TestClient.text(publish), publish.retain(), how);
    }

    /** PUBREL. */
    void release(TestClient connection, int packetId) {
        received.remove(packetId);
        connection.ack(PacketType.PUBCOMP, packetId);
    }
}
