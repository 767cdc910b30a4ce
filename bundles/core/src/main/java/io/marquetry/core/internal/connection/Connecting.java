// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.loop.Metric;
import org.jspecify.annotations.Nullable;

/** What may come before CONNACK: CONNECT [MQTT-3.1.0-1], then AUTH and DISCONNECT [MQTT-3.1.2-30]. */
final class Connecting implements Phase {
    private final Connection connection;
    private @Nullable ConnectFlow flow;

    Connecting(Connection connection) {
        this.connection = connection;
    }

    @Override
    public void onPublish(PublishView view) {
        connection.counters().add(Metric.PACKETS_RECEIVED);
        connection.unexpected(PacketType.PUBLISH);
    }

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode reason) {
        connection.counters().add(Metric.PACKETS_RECEIVED);
        connection.unexpected(type);
    }

    @Override
    public void onPacket(Packet packet) {
        connection.counters().add(Metric.PACKETS_RECEIVED);
        if (packet instanceof Packet.Connect connect) {
            onConnect(connect);
        } else if (flow == null) {
            connection.unexpected(packet.type());
        } else if (packet instanceof Packet.Disconnect disconnect) {
            connection.counters().add(Metric.PACKETS_DISCONNECT_RECEIVED);
            connection.left(disconnect.reason());
        } else if (packet instanceof Packet.Auth auth) {
            connection.counters().add(Metric.PACKETS_AUTH_RECEIVED);
            flow.onAuth(auth);
        } else {
            connection.unexpected(packet.type());
        }
    }

    private void onConnect(Packet.Connect connect) {
        connection.counters().add(Metric.PACKETS_CONNECT_RECEIVED);
        if (flow != null) {
            connection.unexpected(PacketType.CONNECT); // [MQTT-3.1.0-2]
            return;
        }
        connection.connecting();
        connection.outlet().negotiated(connect);
        // Who comes back to a session of his is let in, since he takes from what the node holds.
        if (connect.cleanStart() && connection.context().budget.isBusy()) {
            connection.counters().add(Metric.CLIENT_CONNECT);
            connection.refuse(ReasonCode.SERVER_BUSY, "the broker has too many messages in memory");
            return;
        }
        flow = new ConnectFlow(connection, connect);
        flow.begin();
    }

    /** CONNECT was not answered in time; when that is our fault the client is told so. Returns whether it was. */
    boolean refuseLate() {
        return flow != null && flow.refuseLate();
    }

    @Override
    public long heldBytes() {
        return 0;
    }

    @Override
    public void writable() {}

    @Override
    public void closed(String label) {
        if (flow != null) {
            flow.close();
        }
    }
}
