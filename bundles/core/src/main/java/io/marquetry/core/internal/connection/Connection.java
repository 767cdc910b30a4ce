// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketDecoder;
import io.marquetry.codec.PacketSink;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.codec.ProtocolException;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.port.Terms;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state machine behind one wire: awaiting CONNECT, connecting, live, closed. Bytes come in by {@link #onBytes},
 * become packets, and go to whoever knows them: {@link ConnectFlow}, {@link Publishing}, {@link Subscribing}, the
 * session. All of it happens on the loop of the wire, which from CONNECT on is the home of the session.
 */
public final class Connection implements WireHandler, PacketSink {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int HEX_BYTES = 32;

    private enum State {
        AWAITING_CONNECT,
        CONNECTING,
        LIVE,
        CLOSED
    }

    // For the life of the connection.
    private final BrokerContext context;
    private final Wire wire;
    private final PacketDecoder decoder;
    private final Outlet outlet;
    private final Alarm alarm;
    private Home home;
    private State state = State.AWAITING_CONNECT;
    private long lastRead;
    private int paused;
    private @Nullable SendGuard sendGuard;
    private Terms terms = Terms.NONE;
    private @Nullable Throttle throttle;

    // From CONNECT on.
    private @Nullable ConnectFlow connectFlow;
    private @Nullable ClientInfo client;
    private Mountpoint mountpoint = Mountpoint.NONE;
    private int maxQos = 2;
    private @Nullable Session session;
    private @Nullable Publishing publishing;
    private long expiryAtConnect;
    private boolean bridge;

    /** A new connection; on the loop of its wire. */
    public Connection(BrokerContext context, Wire wire) {
        this.context = context;
        this.wire = wire;
        this.home = context.home(wire.loop().index());
        MqttSettings settings = context.settings();
        this.decoder = new PacketDecoder(settings.maxPacketBytes(), settings.strictMode());
        this.outlet = new Outlet(this, wire, home.counters());
        this.alarm = new Alarm(this);
        this.lastRead = home.now();
        context.listeners.of(wire.entrance().listener()).opened();
        home.timers().set(alarm, settings.idleTimeoutSeconds() * 1000L);
    }

    BrokerContext context() {
        return context;
    }

    Wire wire() {
        return wire;
    }

    Outlet outlet() {
        return outlet;
    }

    Home home() {
        return home;
    }

    Counters counters() {
        return home.counters();
    }

    long heldBytes() {
        return publishing == null ? 0 : publishing.heldBytes();
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Who the client is; there from the end of authentication on. */
    ClientInfo client() {
        if (client == null) {
            throw new IllegalStateException("expected a client, but CONNECT has not been answered yet");
        }
        return client;
    }

    /** What stands in front of each of its topics. */
    Mountpoint mountpoint() {
        return mountpoint;
    }

    /** The highest quality of service taken from the client and granted to it. */
    int maxQos(MqttSettings settings) {
        return Math.min(maxQos, settings.maxQosAllowed());
    }

    /** Sets what its listener takes; in force until the connection ends, as the client was told. */
    void maxQos(int ofListener) {
        maxQos = ofListener;
    }

    /** Whether the client said that it is a bridge: it keeps the RETAIN flag and does not hear itself. */
    boolean isBridge() {
        return bridge;
    }

    /** Its session; there while the connection is live. */
    Session session() {
        if (session == null) {
            throw new IllegalStateException("expected a session, but the connection is " + state);
        }
        return session;
    }

    // --- bytes ---

    @Override
    public void onBytes(ByteBuf in) {
        assert wire.loop().inLoop();
        if (haveTermsChanged()) {
            changed(wire.entrance().terms());
        }
        int before = in.readerIndex();
        if (throttle != null) {
            throttle.from(before);
        }
        try {
            PublishView view = context.reader(home).view;
            while (paused == 0 && state != State.CLOSED && mayRead(in) && decoder.decodeNext(in, view, this)) {
                // each packet goes to the sink
            }
        } catch (ProtocolException e) {
            violated(e, in);
        } catch (RuntimeException | AssertionError e) {
            // A fault of ours must cost this connection only, never the loop.
            LOG.error("a packet could not be handled; its connection is closed {}", who(), e);
            counters().add(Metric.LOOP_ERRORS);
            fail(DisconnectReason.INTERNAL_ERROR, null);
        }
        if (state == State.CLOSED) {
            in.skipBytes(in.readableBytes());
        }
        if (throttle != null) {
            throttle.upTo(in.readerIndex());
        }
        int read = in.readerIndex() - before;
        if (read > 0) {
            lastRead = home.now(); // [MQTT-3.1.2-22]: a packet counts when it is complete, its single bytes do not
            counters().add(Metric.BYTES_RECEIVED, read);
        }
    }

    /** Whether the rates allow one more packet; the one before is charged now. */
    private boolean mayRead(ByteBuf in) {
        Throttle bound = throttle;
        if (bound == null) {
            return true;
        }
        bound.upTo(in.readerIndex());
        return !in.isReadable() || bound.admits();
    }

    /** Whether the listener has other terms than those in force here; each change is another object. */
    @SuppressWarnings("ReferenceEquality")
    boolean haveTermsChanged() {
        return wire.entrance().terms() != terms;
    }

    private void changed(Terms changed) {
        Throttle before = throttle;
        terms = changed;
        throttle = Throttle.of(this, before, changed);
        if (before != null) {
            home.timers().cancel(before);
            resume(THROTTLED);
        }
    }

    @Override
    public int bytesWanted(ByteBuf in) {
        return decoder.bytesWanted(in);
    }

    @Override
    public void onFlushed() {
        if (state == State.CLOSED) {
            return;
        }
        if (outlet.flushed()) {
            if (sendGuard != null) {
                home.timers().cancel(sendGuard);
                sendGuard = null;
            }
        } else if (sendGuard == null) {
            sendGuard = new SendGuard(this);
            home.timers().set(sendGuard, context.settings().sendTimeoutSeconds() * 1000L);
        }
        if (session != null && outlet.isWritable()) {
            session.pump();
        }
    }

    @Override
    public void onClosed(String reason, @Nullable Throwable cause) {
        if (state == State.CLOSED) {
            return;
        }
        if (cause != null) {
            LOG.debug("the connection broke: {} {}", cause.toString(), who());
        }
        finish(reason);
    }

    // --- packets ---

    @Override
    public void onPublish(PublishView view) {
        counters().add(Metric.PACKETS_RECEIVED);
        if (state != State.LIVE) {
            unexpected(PacketType.PUBLISH);
            return;
        }
        if (throttle != null) {
            throttle.message();
        }
        publishing().onPublish(view);
    }

    private Publishing publishing() {
        if (publishing == null) {
            publishing = new Publishing(this, session());
        }
        return publishing;
    }

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode reason) {
        Counters counters = counters();
        counters.add(Metric.PACKETS_RECEIVED);
        if (state != State.LIVE) {
            unexpected(type);
            return;
        }
        switch (type) {
            case PUBACK -> {
                counters.add(Metric.PACKETS_PUBACK_RECEIVED);
                counters.add(
                        session().pubAck(packetId, !reason.isError())
                                ? Metric.MESSAGES_ACKED
                                : Metric.PACKETS_PUBACK_MISSED);
            }
            case PUBREC -> onPubRec(packetId, reason);
            case PUBREL -> {
                counters.add(Metric.PACKETS_PUBREL_RECEIVED);
                boolean known = session().awaitingRel() > 0 && session().inbox().release(packetId);
                if (!known) {
                    counters.add(Metric.PACKETS_PUBREL_MISSED);
                }
                // [MQTT-4.3.3-11]; unknown is told to those who can hear it [MQTT-3.7.2-1]
                outlet.ack(
                        PacketType.PUBCOMP,
                        packetId,
                        known ? ReasonCode.SUCCESS : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
                if (publishing != null) {
                    publishing.advance();
                }
            }
            default -> {
                counters.add(Metric.PACKETS_PUBCOMP_RECEIVED);
                counters.add(session().pubComp(packetId) ? Metric.MESSAGES_ACKED : Metric.PACKETS_PUBCOMP_MISSED);
            }
        }
    }

    private void onPubRec(int packetId, ReasonCode reason) {
        counters().add(Metric.PACKETS_PUBREC_RECEIVED);
        if (session().pubRec(packetId, !reason.isError())) {
            outlet.pubRel(packetId);
        } else if (!reason.isError()) {
            counters().add(Metric.PACKETS_PUBREC_MISSED);
            // [MQTT-3.6.2-1]: it may know an identifier that we lost; PUBREL lets it forget.
            outlet.ack(PacketType.PUBREL, packetId, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
        }
    }

    @Override
    public void onPacket(Packet packet) {
        counters().add(Metric.PACKETS_RECEIVED);
        if (packet instanceof Packet.Connect connect) {
            onConnect(connect);
        } else if (state == State.CLOSED || state == State.AWAITING_CONNECT) {
            unexpected(packet.type());
        } else if (packet instanceof Packet.Disconnect disconnect) {
            onDisconnect(disconnect);
        } else if (packet instanceof Packet.Auth auth) {
            counters().add(Metric.PACKETS_AUTH_RECEIVED);
            if (connectFlow != null) {
                connectFlow.onAuth(auth);
            } else { // [MQTT-4.12.0-7]
                fail(DisconnectReason.PROTOCOL_ERROR, "AUTH came without an authentication method in CONNECT");
            }
        } else if (state != State.LIVE) {
            unexpected(packet.type()); // [MQTT-3.1.2-30]
        } else if (packet instanceof Packet.PingReq) {
            counters().add(Metric.PACKETS_PINGREQ_RECEIVED);
            outlet.pingResp();
        } else if (packet instanceof Packet.Subscribe subscribe) {
            counters().add(Metric.PACKETS_SUBSCRIBE_RECEIVED);
            new Subscribing(this, session()).subscribe(subscribe);
        } else if (packet instanceof Packet.Unsubscribe unsubscribe) {
            counters().add(Metric.PACKETS_UNSUBSCRIBE_RECEIVED);
            new Subscribing(this, session()).unsubscribe(unsubscribe);
        } else {
            unexpected(packet.type());
        }
    }

    private void onConnect(Packet.Connect connect) {
        counters().add(Metric.PACKETS_CONNECT_RECEIVED);
        if (state != State.AWAITING_CONNECT) {
            unexpected(PacketType.CONNECT); // [MQTT-3.1.0-2]
            return;
        }
        state = State.CONNECTING;
        outlet.negotiated(connect);
        // Who comes back to a session of his is let in, since he takes from what the node holds.
        if (connect.cleanStart() && context.budget.isBusy()) {
            counters().add(Metric.CLIENT_CONNECT);
            refuse(ReasonCode.SERVER_BUSY, "the broker has too many messages in memory");
            return;
        }
        bridge = connect.bridge();
        connectFlow = new ConnectFlow(this, connect);
        connectFlow.begin();
    }

    private void onDisconnect(Packet.Disconnect disconnect) {
        counters().add(Metric.PACKETS_DISCONNECT_RECEIVED);
        long expiry = disconnect.properties().number(Property.SESSION_EXPIRY_INTERVAL, -1);
        if (session != null && expiry >= 0) {
            if (expiryAtConnect == 0 && expiry > 0) {
                // [MQTT-3.14.2-2]
                fail(DisconnectReason.PROTOCOL_ERROR, "a session that ends with its connection cannot be prolonged");
                return;
            }
            session.expirySeconds(Math.min(expiry, context.settings().maxSessionExpirySeconds()));
        }
        // [MQTT-3.14.4-3]: only a normal disconnection drops the will
        if (session != null && disconnect.reason() == ReasonCode.SUCCESS) {
            session.dropWill();
        }
        String label = disconnect.reason() == ReasonCode.SUCCESS
                ? DisconnectReason.NORMAL.label()
                : disconnect.reason().name().toLowerCase(Locale.ROOT);
        finish(label);
        wire.hangUp();
    }

    private void unexpected(PacketType type) {
        fail(DisconnectReason.PROTOCOL_ERROR, "no " + type + " is expected while the connection is " + state);
    }

    // --- the way to live ---

    /** The wire has moved to the loop of its session. */
    void movedHome() {
        Home before = home;
        home = context.home(wire.loop().index());
        outlet.counters(home.counters());
        assert before != home;
        home.timers().set(alarm, context.settings().idleTimeoutSeconds() * 1000L);
    }

    /** Before the wire moves: nothing of this connection may be left on the old loop. */
    void leaveHome() {
        home.timers().cancel(alarm);
        stopThrottling();
    }

    private void stopThrottling() {
        if (throttle != null) {
            home.timers().cancel(throttle);
        }
    }

    void client(ClientInfo itsClient, Mountpoint itsMountpoint) {
        client = itsClient;
        mountpoint = itsMountpoint;
        outlet.mountpoint(itsMountpoint);
    }

    /** CONNACK was sent: packets of every kind may come. */
    void live(Session itsSession, int keepAliveSeconds) {
        state = State.LIVE;
        session = itsSession;
        expiryAtConnect = itsSession.expirySeconds();
        home.counters().add(Metric.CONNECTIONS_COUNT);
        alarm.keepAlive((long) (keepAliveSeconds * 1000L * context.settings().keepaliveMultiplier()));
        if (connectFlow != null && !connectFlow.isEnhanced()) {
            connectFlow = null;
        }
    }

    boolean isLive() {
        return state == State.LIVE;
    }

    // --- pauses ---

    /** Why a connection is not read for a while; each reason is a bit. */
    static final int CONNECTING = 1;

    static final int SUBSCRIBING = 2;
    static final int HELD = 4;
    static final int CROWDED = 8;
    static final int THROTTLED = 16;
    /** The node has too much in memory. */
    static final int BUSY = 32;

    void pause(int reason) {
        if (paused == 0) {
            wire.pause();
        }
        paused |= reason;
    }

    void resume(int reason) {
        if ((paused & reason) == 0) {
            return;
        }
        paused &= ~reason;
        lastRead = home.now(); // the clock of the keep alive stood still
        if (paused == 0 && state != State.CLOSED) {
            wire.resume();
        }
    }

    boolean isPaused() {
        return paused != 0;
    }

    long lastRead() {
        return lastRead;
    }

    // --- the end ---

    /** The idle timer: no CONNECT came in time, or nothing at all during the keep alive. */
    void silent() {
        if (state == State.LIVE) {
            fail(DisconnectReason.KEEPALIVE_TIMEOUT, null); // [MQTT-3.1.2-22]
        } else {
            fail(DisconnectReason.IDLE_TIMEOUT, null);
        }
    }

    /** The client takes no bytes. */
    void stuck() {
        finish(DisconnectReason.SEND_TIMEOUT.label());
        wire.abort();
    }

    /** The session ends the connection. */
    void endedBySession(ReasonCode reason) {
        switch (reason) {
            case SESSION_TAKEN_OVER -> fail(DisconnectReason.TAKENOVER, null);
            case ADMINISTRATIVE_ACTION -> fail(DisconnectReason.KICKED, null);
            case SERVER_SHUTTING_DOWN -> fail(DisconnectReason.SHUTTING_DOWN, null);
            default -> fail(reason, null);
        }
    }

    /**
     * Ends the connection for a reason of ours.
     *
     * @param detail goes into the reason string of an MQTT 5 client, or null
     */
    void fail(DisconnectReason reason, @Nullable String detail) {
        fail(reason.label(), reason.reasonCode(), detail);
    }

    /** As {@link #fail(DisconnectReason, String)}, with a reason code that has no name of its own. */
    void fail(ReasonCode code, @Nullable String detail) {
        fail(DisconnectReason.labelOf(code), code, detail);
    }

    private void fail(String label, @Nullable ReasonCode code, @Nullable String detail) {
        if (state == State.CLOSED) {
            return;
        }
        LOG.debug("the connection is closed: {}{} {}", label, detail == null ? "" : ", " + detail, who());
        if (state == State.LIVE && outlet.isV5() && code != null) {
            Properties properties =
                    Properties.builder().with(Property.REASON_STRING, detail).build();
            outlet.send(new Packet.Disconnect(code, properties), Metric.PACKETS_DISCONNECT_SENT);
        }
        finish(label);
        wire.close();
    }

    /** Refuses a CONNECT: CONNACK, then the end. */
    void refuse(ReasonCode code, @Nullable String detail) {
        if (state == State.CLOSED) {
            return;
        }
        LOG.debug("the client is refused: {}{} {}", code, detail == null ? "" : ", " + detail, who());
        Properties properties =
                Properties.builder().with(Property.REASON_STRING, detail).build();
        outlet.send(new Packet.ConnAck(false, code, properties), Metric.PACKETS_CONNACK_SENT);
        counters().add(Metric.PACKETS_CONNACK_ERROR);
        finish(DisconnectReason.labelOf(code));
        wire.close();
    }

    /** The peer broke the protocol. */
    private void violated(ProtocolException e, ByteBuf in) {
        long held = context.badInput.pass();
        if (held >= 0) {
            LOG.warn(
                    "bad input, the connection is closed: {}; {} of {} bytes: {} ({} more such lines held back) {}",
                    e.getMessage(),
                    Math.min(HEX_BYTES, in.readableBytes()),
                    in.readableBytes(),
                    ByteBufUtil.hexDump(in, in.readerIndex(), Math.min(HEX_BYTES, in.readableBytes())),
                    held,
                    who());
        }
        if (state == State.AWAITING_CONNECT && e.connAckVersion() != null) {
            outlet.form(e.connAckVersion());
            refuse(e.reason(), e.getMessage());
            return;
        }
        fail(e.reason(), e.getMessage());
    }

    /** The end, once: whatever the cause was, everyone learns of it here. */
    private void finish(String label) {
        boolean wasLive = state == State.LIVE;
        state = State.CLOSED;
        home.timers().cancel(alarm);
        stopThrottling();
        if (sendGuard != null) {
            home.timers().cancel(sendGuard);
            sendGuard = null;
        }
        context.listeners.of(wire.entrance().listener()).closed(label);
        outlet.closed();
        if (connectFlow != null) {
            connectFlow.close();
            connectFlow = null;
        }
        if (publishing != null) {
            publishing.closed();
        }
        Session left = session;
        session = null;
        if (wasLive && left != null && client != null) {
            home.counters().add(Metric.CONNECTIONS_COUNT, -1);
            home.counters().add(Metric.CLIENT_DISCONNECTED);
            // First of all the session lets go: what is published from here on must not come by this connection.
            left.detach(outlet);
            context.sys.disconnected(home, client, wire, label, context.wallClock.getAsLong());
            context.hooks.disconnected(client, label);
        }
    }

    /** For the end of a log line. */
    String who() {
        return "client=" + (client == null ? "?" : client.clientId()) + " peer=" + wire.remoteAddress() + " listener="
                + wire.entrance().listener();
    }
}
