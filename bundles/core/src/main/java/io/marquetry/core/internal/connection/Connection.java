// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.PacketDecoder;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.ProtocolException;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.access.Rights;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state machine behind one wire: awaiting CONNECT, connecting, live, closed. Bytes come in by {@link #onBytes},
 * become packets, and go to {@link Connecting}, later to {@link LiveClient}. How fast it is read is said by
 * {@link Reading}, how it ends is said here. All of it happens on the loop of the wire, which from CONNECT on is the
 * home of the session.
 */
public final class Connection implements WireHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private enum State {
        AWAITING_CONNECT,
        CONNECTING,
        LIVE,
        CLOSED
    }

    private final BrokerContext context;
    private final Wire wire;
    private final PacketDecoder decoder;
    private final Outlet outlet;
    private final Reading reading;
    private final Alarm alarm;
    private Home home;
    private State state = State.AWAITING_CONNECT;
    private @Nullable SendGuard sendGuard;
    private @Nullable ClientInfo client;
    private @Nullable Rights rights;
    private Phase phase = new Connecting(this);

    /** A new connection; on the loop of its wire. */
    public Connection(BrokerContext context, Wire wire) {
        this.context = context;
        this.wire = wire;
        this.home = context.home(wire.loop().index());
        MqttSettings settings = context.settings();
        this.decoder = new PacketDecoder(settings.maxPacketBytes(), settings.strictMode());
        this.outlet = new Outlet(this, wire, home.counters());
        this.reading = new Reading(this);
        this.alarm = new Alarm(this);
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

    /** How fast it is read, and when it is not. */
    Reading reading() {
        return reading;
    }

    Home home() {
        return home;
    }

    Counters counters() {
        return home.counters();
    }

    long heldBytes() {
        return phase.heldBytes();
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Who the client is; there from the end of authentication on. */
    public ClientInfo client() {
        if (client == null) {
            throw new IllegalStateException("expected a client, but CONNECT has not been answered yet");
        }
        return client;
    }

    // --- bytes ---

    @Override
    public void onBytes(ByteBuf in) {
        assert wire.loop().inLoop();
        int before = in.readerIndex();
        reading.from(in);
        try {
            PublishView view = context.reader(home).view;
            while (state != State.CLOSED && reading.mayGoOn(in) && decoder.decodeNext(in, view, phase)) {
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
        reading.upTo(in.readerIndex());
        int read = in.readerIndex() - before;
        if (read > 0) {
            reading.heard();
            counters().add(Metric.BYTES_RECEIVED, read);
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
        if (outlet.isWritable()) {
            phase.writable();
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

    // --- the way to live ---

    /** CONNECT came. */
    void connecting() {
        state = State.CONNECTING;
    }

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
        reading.leave();
    }

    void client(ClientInfo itsClient) {
        client = itsClient;
    }

    /** What the client may do, or null when it may everything and nobody needs to be asked. */
    @Nullable
    Rights rightsIfAsked() {
        if (rights == null) {
            return context.judge.isNeeded() ? rights(List.of()) : null;
        }
        return rights.areAsked() ? rights : null;
    }

    /** The client has these rules of its own. */
    Rights rights(List<AccessRule> rules) {
        if (rights == null) {
            rights = new Rights(
                    context.judge, context.hooks.policy(), context.sessions::settings, home, client(), rules);
        } else {
            rights.rules(rules);
        }
        return rights;
    }

    /** The client has authenticated again, by AUTH: rules and expiry are those of now, the rest stays as it was. */
    void reauthenticated(AuthResult.Accepted result) {
        if (rights != null || !result.rules().isEmpty()) {
            rights(result.rules());
        }
        if (phase instanceof LiveClient live) {
            live.reauthenticated(result.expiresAt());
        }
    }

    /** What was decided about the client and is remembered, or null. */
    @Nullable
    Rights rights() {
        return rights;
    }

    /** CONNACK was sent: packets of every kind may come. */
    void live(LiveClient itsLive, int keepAliveSeconds) {
        state = State.LIVE;
        phase = itsLive;
        counters().add(Metric.CONNECTIONS_COUNT);
        alarm.keepAlive((long) (keepAliveSeconds * 1000L * context.settings().keepaliveMultiplier()));
    }

    boolean isLive() {
        return state == State.LIVE;
    }

    // --- the end ---

    /** The idle timer: no CONNECT came in time, or nothing at all during the keep alive. */
    void silent() {
        if (state == State.LIVE) {
            fail(DisconnectReason.KEEPALIVE_TIMEOUT, null); // [MQTT-3.1.2-22]
        } else if (!(phase instanceof Connecting connecting && connecting.refuseLate())) {
            fail(DisconnectReason.IDLE_TIMEOUT, null);
        }
    }

    /** The client takes no bytes. */
    void stuck() {
        finish(DisconnectReason.SEND_TIMEOUT.label());
        wire.abort();
    }

    /** The client has sent DISCONNECT. */
    void left(ReasonCode reason) {
        finish(
                reason == ReasonCode.SUCCESS
                        ? DisconnectReason.NORMAL.label()
                        : reason.name().toLowerCase(Locale.ROOT));
        wire.hangUp();
    }

    /** The client has sent what it may not send now. */
    void unexpected(PacketType type) {
        fail(DisconnectReason.PROTOCOL_ERROR, "no " + type + " is expected while the connection is " + state);
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
            outlet.disconnect(code, detail);
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
        outlet.refuse(code, detail);
        if (client != null && context.hooks.areHeard()) {
            context.hooks.tell(new BrokerEvent.Refused(context.wallClock.getAsLong(), client, code));
        }
        counters().add(Metric.PACKETS_CONNACK_ERROR);
        finish(DisconnectReason.labelOf(code));
        wire.close();
    }

    /** The peer broke the protocol. */
    private void violated(ProtocolException e, ByteBuf in) {
        ConnectionLog.badInput(this, e, in);
        if (state == State.AWAITING_CONNECT && e.connAckVersion() != null) {
            outlet.form(e.connAckVersion());
            refuse(e.reason(), e.getMessage());
            return;
        }
        fail(e.reason(), e.getMessage());
    }

    /** The end, once: whatever the cause was, everyone learns of it here. */
    private void finish(String label) {
        state = State.CLOSED;
        home.timers().cancel(alarm);
        reading.leave();
        if (rights != null) {
            rights.close();
        }
        if (sendGuard != null) {
            home.timers().cancel(sendGuard);
            sendGuard = null;
        }
        context.listeners.of(wire.entrance().listener()).closed(label);
        outlet.closed();
        phase.closed(label);
    }

    /** For the end of a log line. */
    String who() {
        return "client=" + (client == null ? "?" : client.clientId()) + " peer=" + wire.remoteAddress() + " listener="
                + wire.entrance().listener();
    }
}
