// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Property;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.store.Receipt;
import org.jspecify.annotations.Nullable;

/**
 * A client from CONNACK until its connection ends. Its packets go to whoever knows them: acknowledgements to the
 * session, the others to {@link Publishing}, {@link Subscribing}, {@link EnhancedAuth}.
 */
final class LiveClient implements Phase {
    private final Connection connection;
    private final Session session;
    private final Counters counters;
    private final Outlet outlet;
    private final Mountpoint mountpoint;
    private final int maxQos;
    private final boolean bridge;
    private final @Nullable EnhancedAuth enhanced;
    private final long expiryAtConnect;
    private @Nullable Publishing publishing;
    private @Nullable Acks acks;
    private @Nullable Expiry expiry;

    /**
     * @param mountpoint what stands in front of each of its topics
     * @param maxQos the highest quality of service that its listener takes; in force until the connection ends, as the
     *     client was told
     * @param bridge whether it said that it is a bridge
     * @param enhanced how it authenticates again, or null when it does not do so by AUTH
     */
    LiveClient(
            Connection connection,
            Session session,
            Mountpoint mountpoint,
            int maxQos,
            boolean bridge,
            @Nullable EnhancedAuth enhanced) {
        this.connection = connection;
        this.session = session;
        this.counters = connection.counters();
        this.outlet = connection.outlet();
        this.mountpoint = mountpoint;
        this.maxQos = maxQos;
        this.bridge = bridge;
        this.enhanced = enhanced;
        this.expiryAtConnect = session.expirySeconds();
    }

    Connection connection() {
        return connection;
    }

    /** The client may be connected until then, in milliseconds since 1970; 0 is for ever. */
    void expiresAt(long time) {
        if (expiry != null) {
            expiry.cancel();
        }
        expiry = time == 0 ? null : new Expiry(connection, time);
    }

    /** The client has authenticated again, and has other rights perhaps. */
    void reauthenticated(long until) {
        session.rightsChanged();
        expiresAt(until);
    }

    Session session() {
        return session;
    }

    // --- acknowledgements ---

    /**
     * Sends PUBACK, PUBREC, PUBREL or PUBCOMP, when what it promises survives.
     *
     * @param ticket of the journal under which that was noted, or 0 when nothing was
     * @param receipt of a message that other loops keep too, or null
     */
    void ack(PacketType type, int packetId, ReasonCode reason, long ticket, @Nullable Receipt receipt) {
        if (acks == null && ticket == 0 && receipt == null) {
            outlet.ack(type, packetId, reason);
        } else {
            acks().send(type, packetId, reason, ticket, receipt);
        }
    }

    /** As {@link #ack}, for SUBACK and UNSUBACK. */
    void ack(Packet packet, long ticket, Runnable write) {
        if (acks == null && ticket == 0) {
            write.run();
        } else {
            acks().send(packet, ticket, write);
        }
    }

    /** What an acknowledgement waits for that promises what the session has noted just now. */
    long ticket() {
        return session.isDurable()
                ? connection.context().journal(connection.home()).ticket()
                : 0;
    }

    private Acks acks() {
        if (acks == null) {
            acks = new Acks(connection);
        }
        return acks;
    }

    /** How many messages of the client wait for the commit that goes before their acknowledgement. */
    int unacknowledged() {
        return acks == null ? 0 : acks.unacknowledged();
    }

    /** What stands in front of each of its topics. */
    Mountpoint mountpoint() {
        return mountpoint;
    }

    /** The highest quality of service taken from the client and granted to it. */
    int maxQos(MqttSettings settings) {
        return Math.min(maxQos, settings.maxQosAllowed());
    }

    /** Whether the client said that it is a bridge: it keeps the RETAIN flag and does not hear itself. */
    boolean isBridge() {
        return bridge;
    }

    @Override
    public void onPublish(PublishView view) {
        counters.add(Metric.PACKETS_RECEIVED);
        connection.reading().message();
        if (publishing == null) {
            publishing = new Publishing(this);
        }
        publishing.onPublish(view);
    }

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode reason) {
        counters.add(Metric.PACKETS_RECEIVED);
        switch (type) {
            case PUBACK -> {
                counters.add(Metric.PACKETS_PUBACK_RECEIVED);
                counters.add(
                        session.pubAck(packetId, !reason.isError())
                                ? Metric.MESSAGES_ACKED
                                : Metric.PACKETS_PUBACK_MISSED);
            }
            case PUBREC -> onPubRec(packetId, reason);
            case PUBREL -> onPubRel(packetId);
            default -> {
                counters.add(Metric.PACKETS_PUBCOMP_RECEIVED);
                counters.add(session.pubComp(packetId) ? Metric.MESSAGES_ACKED : Metric.PACKETS_PUBCOMP_MISSED);
            }
        }
    }

    private void onPubRec(int packetId, ReasonCode reason) {
        counters.add(Metric.PACKETS_PUBREC_RECEIVED);
        if (session.pubRec(packetId, !reason.isError())) {
            ack(PacketType.PUBREL, packetId, ReasonCode.SUCCESS, ticket(), null);
        } else if (!reason.isError()) {
            counters.add(Metric.PACKETS_PUBREC_MISSED);
            // [MQTT-3.6.2-1]: it may know an identifier that we lost; PUBREL lets it forget.
            ack(PacketType.PUBREL, packetId, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, 0, null);
        }
    }

    private void onPubRel(int packetId) {
        counters.add(Metric.PACKETS_PUBREL_RECEIVED);
        boolean known = session.awaitingRel() > 0 && session.inbox().release(packetId);
        if (!known) {
            counters.add(Metric.PACKETS_PUBREL_MISSED);
        }
        // [MQTT-4.3.3-11]; unknown is told to those who can hear it [MQTT-3.7.2-1]
        ack(
                PacketType.PUBCOMP,
                packetId,
                known ? ReasonCode.SUCCESS : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND,
                known ? ticket() : 0,
                null);
        if (publishing != null) {
            publishing.advance();
        }
    }

    @Override
    public void onPacket(Packet packet) {
        counters.add(Metric.PACKETS_RECEIVED);
        if (packet instanceof Packet.PingReq) {
            counters.add(Metric.PACKETS_PINGREQ_RECEIVED);
            outlet.pingResp();
        } else if (packet instanceof Packet.Subscribe subscribe) {
            counters.add(Metric.PACKETS_SUBSCRIBE_RECEIVED);
            new Subscribing(this).subscribe(subscribe);
        } else if (packet instanceof Packet.Unsubscribe unsubscribe) {
            counters.add(Metric.PACKETS_UNSUBSCRIBE_RECEIVED);
            new Subscribing(this).unsubscribe(unsubscribe);
        } else if (packet instanceof Packet.Disconnect disconnect) {
            counters.add(Metric.PACKETS_DISCONNECT_RECEIVED);
            onDisconnect(disconnect);
        } else if (packet instanceof Packet.Auth auth) {
            counters.add(Metric.PACKETS_AUTH_RECEIVED);
            onAuth(auth);
        } else {
            if (packet instanceof Packet.Connect) {
                counters.add(Metric.PACKETS_CONNECT_RECEIVED);
            }
            connection.unexpected(packet.type()); // [MQTT-3.1.0-2]
        }
    }

    private void onAuth(Packet.Auth auth) {
        if (enhanced != null) {
            enhanced.onAuth(auth);
        } else { // [MQTT-4.12.0-7]
            connection.fail(DisconnectReason.PROTOCOL_ERROR, "AUTH came without an authentication method in CONNECT");
        }
    }

    private void onDisconnect(Packet.Disconnect disconnect) {
        long expiry = disconnect.properties().number(Property.SESSION_EXPIRY_INTERVAL, -1);
        if (expiry >= 0) {
            if (expiryAtConnect == 0 && expiry > 0) {
                // [MQTT-3.14.2-2]
                connection.fail(
                        DisconnectReason.PROTOCOL_ERROR, "a session that ends with its connection cannot be prolonged");
                return;
            }
            long most = connection.context().settings().maxSessionExpirySeconds();
            session.expirySeconds(Math.min(expiry, most));
        }
        // [MQTT-3.14.4-3]: only a normal disconnection drops the will
        if (disconnect.reason() == ReasonCode.SUCCESS) {
            session.dropWill();
        }
        connection.left(disconnect.reason());
    }

    @Override
    public long heldBytes() {
        return (publishing == null ? 0 : publishing.heldBytes()) + (acks == null ? 0 : acks.bytes());
    }

    @Override
    public void writable() {
        session.pump();
    }

    @Override
    public void closed(String label) {
        if (expiry != null) {
            expiry.cancel();
        }
        if (enhanced != null) {
            enhanced.close();
        }
        if (publishing != null) {
            publishing.closed();
        }
        if (acks != null) {
            acks.closed();
        }
        counters.add(Metric.CONNECTIONS_COUNT, -1);
        counters.add(Metric.CLIENT_DISCONNECTED);
        // First of all the session lets go: what is published from here on must not come by this connection.
        session.detach(outlet);
        BrokerContext context = connection.context();
        context.sys.disconnected(
                connection.home(), connection.client(), connection.wire(), label, context.wallClock.getAsLong());
        context.hooks.disconnected(connection.client(), label);
        context.flapping.left(connection.home(), session.clientId(), label);
        if (context.hooks.areHeard()) {
            context.hooks.tell(new BrokerEvent.Disconnected(context.wallClock.getAsLong(), connection.client(), label));
        }
    }
}
