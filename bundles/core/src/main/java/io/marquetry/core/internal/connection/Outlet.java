// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.DeliverHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.access.Rights;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Messages;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.session.Link;
import io.marquetry.core.port.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that leaves by one connection. It knows what the client said that it takes: the protocol version, the
 * longest packet, how many messages at once, topic aliases.
 */
final class Outlet implements Link {
    /** What may wait for a socket while the node is busy. */
    private static final int BUSY_OUTPUT_BYTES = 64 << 10;

    private final Connection connection;
    private final Wire wire;
    private final Hooks hooks;
    private Counters counters;
    private ProtocolVersion version = ProtocolVersion.MQTT_3_1_1;
    private boolean v5;
    /** Whether CONNACK was sent, so that other packets may follow. */
    private boolean open;

    private int maxPacketBytes = Integer.MAX_VALUE;
    private int receiveMaximum = 65_535;
    private int maxOutputBytes;
    private boolean problemInformation = true;
    private @Nullable OutgoingAliases aliases;
    /** What the client does not see of its topics, or null. */
    private byte @Nullable [] mountpoint;
    /** QoS 0 messages that are not known to be with the kernel; of them, those counted as in flight. */
    private int unflushed;

    private int unflushedInFlight;
    /** Output that waits, as the node is charged with it. */
    private long charged;

    Outlet(Connection connection, Wire wire, Counters counters) {
        this.connection = connection;
        this.wire = wire;
        this.hooks = connection.context().hooks;
        this.counters = counters;
        this.maxOutputBytes = connection.context().settings().maxOutputBytes();
    }

    /** Counts where the connection is now. */
    void counters(Counters itsNew) {
        counters = itsNew;
    }

    /** What the client announced in its CONNECT. */
    void negotiated(Packet.Connect connect) {
        form(connect.version());
        Properties properties = connect.properties();
        maxPacketBytes =
                (int) Math.min(Integer.MAX_VALUE, properties.number(Property.MAXIMUM_PACKET_SIZE, Integer.MAX_VALUE));
        receiveMaximum = (int) properties.number(Property.RECEIVE_MAXIMUM, 65_535);
        problemInformation = properties.number(Property.REQUEST_PROBLEM_INFORMATION, 1) == 1;
        int topicAliases = (int) properties.number(Property.TOPIC_ALIAS_MAXIMUM, 0);
        if (topicAliases > 0) {
            aliases = new OutgoingAliases(topicAliases);
        }
    }

    /** The version in whose form packets are written. */
    void form(ProtocolVersion itsVersion) {
        version = itsVersion;
        v5 = itsVersion == ProtocolVersion.MQTT_5;
    }

    /** Takes this off the topics of what is sent from now on. */
    void mountpoint(Mountpoint itsMountpoint) {
        mountpoint = itsMountpoint.isNone() ? null : itsMountpoint.bytes();
    }

    /** CONNACK was sent: messages may follow it. */
    void open() {
        open = true;
    }

    boolean isV5() {
        return v5;
    }

    @Override
    public boolean isWritable() {
        long pending = wire.pendingBytes();
        return open
                && pending < maxOutputBytes
                && (pending < BUSY_OUTPUT_BYTES || !connection.context().budget.isBusy());
    }

    @Override
    public long heldBytes() {
        return wire.pendingBytes() + connection.heldBytes();
    }

    @Override
    public void endExceeding(String reason) {
        connection.fail(DisconnectReason.of(reason), null);
    }

    @Override
    public List<AccessRule> rules() {
        Rights rights = connection.rights();
        return rights == null ? List.of() : rights.rules();
    }

    @Override
    public void look(Subscription subscription, int its) {
        Rights rights = connection.rightsIfAsked();
        if (rights == null) {
            Link.super.look(subscription, its);
        } else {
            rights.look(subscription, its);
        }
    }

    @Override
    public void forgetRights() {
        Rights rights = connection.rights();
        if (rights != null) {
            rights.forget();
        }
    }

    @Override
    public int receiveMaximum() {
        return receiveMaximum;
    }

    @Override
    public boolean isTooLarge(Frames frames, int qos, int @Nullable [] subscriptionIds) {
        if (maxPacketBytes == Integer.MAX_VALUE) {
            return false;
        }
        int skip = skip(frames);
        int length = subscriptionIds == null
                ? frames.length(v5, qos > 0, skip)
                : frames.lengthWith(qos, subscriptionIds, 0, skip);
        return length > maxPacketBytes;
    }

    @Override
    public @Nullable Frames firstSent(Frames frames, int qos, boolean retain) {
        return hooks.deliverHooks().isEmpty() ? frames : asked(frames, qos, retain);
    }

    private @Nullable Frames asked(Frames frames, int qos, boolean retain) {
        long now = connection.home().now();
        Message copy = Messages.of(frames.publication(), QoS.of(qos), retain, now);
        DeliverHook.Verdict verdict = hooks.deliver(client(), copy);
        if (verdict instanceof DeliverHook.Verdict.Drop) {
            counters.add(Metric.FATE_DROPPED_HOOK);
            counters.add(Metric.DELIVERY_DROPPED);
            return null;
        }
        if (!(verdict instanceof DeliverHook.Verdict.Replace replace)) {
            return frames;
        }
        BrokerContext context = connection.context();
        Frames other = context.sessions.replacement(connection.home());
        other.begin(
                Messages.publication(replace.message(), now, context.settings().messageExpirySeconds()), now);
        return other;
    }

    @Override
    public void publish(
            Frames frames, int qos, boolean retain, boolean dup, int packetId, int @Nullable [] subscriptionIds) {
        int skip = skip(frames);
        int length;
        if (v5 && (subscriptionIds != null || aliases != null)) {
            length = publishWith(frames, qos, retain, dup, packetId, subscriptionIds, skip);
        } else if (skip == 0) {
            length = frames.write(wire, v5, qos, retain, dup, packetId);
        } else {
            length = frames.writeWithout(skip, wire, v5, qos, retain, dup, packetId);
        }
        counters.add(Metric.BYTES_SENT, length);
        counters.add(Metric.PACKETS_SENT);
        counters.add(Metric.PACKETS_PUBLISH_SENT);
        counters.add(Metric.MESSAGES_SENT);
        switch (qos) {
            case 0 -> {
                counters.add(Metric.MESSAGES_QOS0_SENT);
                unflushed++;
            }
            case 1 -> counters.add(Metric.MESSAGES_QOS1_SENT);
            default -> counters.add(Metric.MESSAGES_QOS2_SENT);
        }
    }

    /** How much of the topic the client does not see: a session that came by another mountpoint may get any topic. */
    private int skip(Frames frames) {
        return mountpoint != null && frames.isBelow(mountpoint) ? mountpoint.length : 0;
    }

    private int publishWith(
            Frames frames,
            int qos,
            boolean retain,
            boolean dup,
            int packetId,
            int @Nullable [] subscriptionIds,
            int skip) {
        int alias = aliases == null ? 0 : aliases.aliasOf(frames.publication());
        boolean known = alias < 0;
        alias = Math.abs(alias);
        // An alias takes three bytes, more than a very short topic: that must not break the client's bound.
        int untold = known ? frames.topicLength() : skip;
        if (alias != 0 && frames.lengthWith(qos, subscriptionIds, alias, untold) > maxPacketBytes) {
            alias = 0;
            known = false;
            untold = skip;
        }
        if (alias != 0 && !known && aliases != null) {
            aliases.sent(frames.publication());
        }
        return frames.writeWith(wire, qos, retain, dup, packetId, subscriptionIds, alias, untold);
    }

    @Override
    public void pubRel(int packetId) {
        ack(PacketType.PUBREL, packetId, ReasonCode.SUCCESS);
    }

    /** Sends PUBACK, PUBREC, PUBREL or PUBCOMP. */
    void ack(PacketType type, int packetId, ReasonCode reason) {
        PacketEncoder.ack(wire.output(5), version, type, packetId, reason);
        counters.add(Metric.BYTES_SENT, v5 && reason != ReasonCode.SUCCESS ? 5 : 4);
        counters.add(Metric.PACKETS_SENT);
        counters.add(
                switch (type) {
                    case PUBACK -> Metric.PACKETS_PUBACK_SENT;
                    case PUBREC -> Metric.PACKETS_PUBREC_SENT;
                    case PUBREL -> Metric.PACKETS_PUBREL_SENT;
                    default -> Metric.PACKETS_PUBCOMP_SENT;
                });
    }

    void pingResp() {
        PacketEncoder.pingResp(wire.output(2));
        counters.add(Metric.BYTES_SENT, 2);
        counters.add(Metric.PACKETS_SENT);
        counters.add(Metric.PACKETS_PINGRESP_SENT);
    }

    /**
     * Sends any other packet. What the client does not want to hear or has no room for is left out first
     * [MQTT-3.2.2-19] [MQTT-3.1.2-29].
     *
     * @return false when even the bare packet is too long for the client
     */
    boolean send(Packet packet, Metric metric) {
        Packet fitting = packet;
        boolean always = packet instanceof Packet.ConnAck || packet instanceof Packet.Disconnect;
        if (!problemInformation && !always) {
            fitting = trimmed(fitting);
        }
        int length = PacketEncoder.encodedLength(fitting, version);
        if (length > maxPacketBytes) {
            fitting = trimmed(fitting);
            length = PacketEncoder.encodedLength(fitting, version);
        }
        if (length > maxPacketBytes) {
            return false;
        }
        PacketEncoder.encode(fitting, version, wire.output(length));
        counters.add(Metric.BYTES_SENT, length);
        counters.add(Metric.PACKETS_SENT);
        counters.add(metric);
        return true;
    }

    /** Sends the CONNACK of a client that is not let in. */
    void refuse(ReasonCode code, @Nullable String detail) {
        send(new Packet.ConnAck(false, code, reasonString(detail)), Metric.PACKETS_CONNACK_SENT);
    }

    /** Tells an MQTT 5 client why its connection ends. */
    void disconnect(ReasonCode code, @Nullable String detail) {
        send(new Packet.Disconnect(code, reasonString(detail)), Metric.PACKETS_DISCONNECT_SENT);
    }

    private static Properties reasonString(@Nullable String detail) {
        return Properties.builder().with(Property.REASON_STRING, detail).build();
    }

    private static Packet trimmed(Packet packet) {
        if (packet instanceof Packet.ConnAck p) {
            return new Packet.ConnAck(p.sessionPresent(), p.reason(), trimmed(p.properties()));
        } else if (packet instanceof Packet.Disconnect p) {
            return new Packet.Disconnect(p.reason(), trimmed(p.properties()));
        } else if (packet instanceof Packet.SubAck p) {
            return new Packet.SubAck(p.packetId(), p.reasons(), trimmed(p.properties()));
        } else if (packet instanceof Packet.UnsubAck p) {
            return new Packet.UnsubAck(p.packetId(), p.reasons(), trimmed(p.properties()));
        } else if (packet instanceof Packet.Auth p) {
            return new Packet.Auth(p.reason(), trimmed(p.properties()));
        }
        return packet;
    }

    private static Properties trimmed(Properties properties) {
        return properties.without(Property.REASON_STRING).without(Property.USER_PROPERTY);
    }

    /** The turn's output was handed to the kernel, or a part of it; returns whether nothing is left. */
    boolean flushed() {
        long pending = wire.pendingBytes();
        if (pending != charged) {
            charge(pending);
        }
        if (pending > 0) {
            counters.add(Metric.FATE_IN_FLIGHT, unflushed - unflushedInFlight);
            unflushedInFlight = unflushed;
            return false;
        }
        if (unflushed > 0) {
            counters.add(Metric.FATE_DELIVERED, unflushed);
            counters.add(Metric.FATE_IN_FLIGHT, -unflushedInFlight);
            unflushed = 0;
            unflushedInFlight = 0;
        }
        return true;
    }

    private void charge(long pending) {
        connection.home().ledger().add(pending - charged);
        charged = pending;
    }

    /** The connection is gone: what was not with the kernel is lost. */
    void closed() {
        charge(0);
        counters.add(Metric.FATE_DROPPED_CONNECTION_CLOSED, unflushed);
        counters.add(Metric.DELIVERY_DROPPED, unflushed);
        counters.add(Metric.FATE_IN_FLIGHT, -unflushedInFlight);
        unflushed = 0;
        unflushedInFlight = 0;
    }

    @Override
    public void end(ReasonCode reason) {
        switch (reason) {
            case SESSION_TAKEN_OVER -> connection.fail(DisconnectReason.TAKENOVER, null);
            case ADMINISTRATIVE_ACTION -> connection.fail(DisconnectReason.KICKED, null);
            case BANNED -> connection.fail(DisconnectReason.BANNED, null);
            case SERVER_SHUTTING_DOWN -> connection.fail(DisconnectReason.SHUTTING_DOWN, null);
            default -> connection.fail(reason, null);
        }
    }

    @Override
    public void discard() {
        connection.fail(DisconnectReason.DISCARDED, null);
    }

    @Override
    public ClientInfo client() {
        return connection.client();
    }
}
