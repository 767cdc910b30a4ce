// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.Topics;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.codec.ProtocolException;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Messages;
import io.marquetry.core.internal.session.Link;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.Will;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.port.Terms;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * From CONNECT to CONNACK: checks what was asked for, moves to the loop of the session, asks the authenticators and the
 * connect hooks, takes over or begins the session, answers. While someone is asked, the connection is not read.
 */
final class ConnectFlow {
    private final Connection connection;
    private final BrokerContext context;
    private final MqttSettings settings;
    private final Packet.Connect connect;
    private final boolean v5;
    private final Terms terms;
    private @Nullable Newcomer newcomer;
    /** Until when the client may be connected, in milliseconds since 1970; 0 is for ever. */
    private long expiresAt;

    private @Nullable EnhancedAuth enhanced;
    /** The session while CONNACK waits until the store has it. */
    private @Nullable Session attached;

    ConnectFlow(Connection connection, Packet.Connect connect) {
        this.connection = connection;
        this.context = connection.context();
        this.settings = context.settings();
        this.connect = connect;
        this.v5 = connect.version() == ProtocolVersion.MQTT_5;
        this.terms = connection.wire().entrance().terms();
    }

    void begin() {
        connection.counters().add(Metric.CLIENT_CONNECT);
        connection.pause(Pause.CONNECTING);
        try {
            newcomer = new Newcomer(connection, connect, terms, settings, this::assign);
        } catch (ProtocolException e) {
            misnamed(e);
            connection.refuse(e.reason(), e.getMessage());
            return;
        }
        if (isRefusedByLimits() || (!newcomer.isMountedLater() && isWillRefused())) {
            return;
        }
        Home home = context.sessions.homeOf(newcomer.identity().clientId());
        if (home == connection.home()) {
            authenticate();
        } else {
            connection.leaveHome();
            connection.wire().moveTo(home.loop(), () -> {
                if (!connection.isClosed()) {
                    connection.movedHome();
                    authenticate();
                }
            });
        }
    }

    private Newcomer newcomer() {
        return Objects.requireNonNull(newcomer, "the client of a CONNECT that was not refused");
    }

    private void misnamed(ProtocolException e) {
        Identity known = newcomer == null ? null : newcomer.identity();
        ConnectionLog.misnamed(
                connection,
                known == null ? connect.clientId() : known.clientId(),
                known == null ? connect.username() : known.username(),
                e);
    }

    /** An identifier whose session is at home here, so that the connection need not move. */
    private String assign() {
        String id;
        do {
            id = Identity.random();
        } while (context.sessions.homeOf(id) != connection.home());
        return id;
    }

    private boolean isRefusedByLimits() {
        int bytes = newcomer().identity().clientId().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > settings.maxClientIdLength()) {
            connection.refuse(
                    ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                    "the client identifier has " + bytes + " bytes, at most " + settings.maxClientIdLength()
                            + " are taken");
            return true;
        }
        Packet.Will will = connect.will();
        if (will != null && will.qos().value() > maxQos()) {
            connection.refuse(ReasonCode.QOS_NOT_SUPPORTED, "the will's QoS is not supported"); // [MQTT-3.2.2-12]
            return true;
        }
        if (will != null && will.retain() && !settings.retainAvailable()) {
            connection.refuse(ReasonCode.RETAIN_NOT_SUPPORTED, "a retained will is not supported"); // [MQTT-3.2.2-13]
            return true;
        }
        return false;
    }

    /** The bounds of a topic count its mountpoint. */
    private boolean isWillRefused() {
        Packet.Will will = connect.will();
        if (will == null) {
            return false;
        }
        String topic = newcomer().mountpoint().mount(will.topic());
        if (Topics.levels(topic) > settings.maxTopicLevels()) {
            connection.refuse(ReasonCode.TOPIC_NAME_INVALID, "the will topic has too many levels");
            return true;
        }
        if (topic.getBytes(StandardCharsets.UTF_8).length > Mountpoint.MOST_BYTES) {
            connection.refuse(ReasonCode.TOPIC_NAME_INVALID, "the will topic is too long with its mountpoint");
            return true;
        }
        return false;
    }

    // --- who it is ---

    private void authenticate() {
        if (isRefusedAsBanned()) {
            return;
        }
        connection.counters().add(Metric.CLIENT_AUTHENTICATE);
        connection.client(newcomer().client());
        if (context.hooks.isDoorShut() && !terms.isAnonymous()) {
            rejected(ReasonCode.SERVER_UNAVAILABLE);
            return;
        }
        String method = connect.properties().text(Property.AUTHENTICATION_METHOD);
        if (method != null) {
            enhanced = EnhancedAuth.begin(connection, method, this::accepted, connection::refuse);
            if (enhanced == null) {
                connection.refuse(
                        ReasonCode.BAD_AUTHENTICATION_METHOD, "nobody here speaks the authentication method " + method);
                return;
            }
            enhanced.next(connect.properties().binary(Property.AUTHENTICATION_DATA));
            return;
        }
        List<String> names = terms.authenticators();
        boolean unasked = names.isEmpty() && context.hooks.authenticators().isEmpty();
        if (unasked && !connection.wire().entrance().isSheltered() && !settings.allowAnonymous()) {
            // The listener was opened when there was an authenticator; the last one has been removed since.
            ConnectionLog.unguarded(connection);
            rejected(ReasonCode.NOT_AUTHORIZED);
            return;
        }
        if (terms.isAnonymous() || unasked) {
            connection.counters().add(Metric.CLIENT_AUTH_ANONYMOUS);
            connection.counters().add(Metric.AUTHENTICATION_SUCCESS_ANONYMOUS);
            forgetPassword();
            accepted(AuthResult.ACCEPTED, null);
            return;
        }
        ConnectionLog.missing(connection, names);
        Answers.await(
                connection,
                context.hooks.authenticate(new Credentials(connection.client(), connect.password()), names),
                result -> {
                    forgetPassword();
                    if (result instanceof AuthResult.Rejected rejected) {
                        rejected(rejected.reason());
                    } else if (result instanceof AuthResult.Accepted accepted) {
                        accepted(accepted, null);
                    }
                });
    }

    private boolean isRefusedAsBanned() {
        ClientInfo client = newcomer().client();
        if (!context.bans.isBanned(client.clientId(), client.username(), client.remoteAddress())) {
            return false;
        }
        connection.refuse(ReasonCode.BANNED, null);
        return true;
    }

    private void forgetPassword() {
        byte[] password = connect.password();
        if (password != null) {
            Arrays.fill(password, (byte) 0);
        }
    }

    private void rejected(ReasonCode reason) {
        connection.counters().add(Metric.AUTHENTICATION_FAILURE);
        connection.counters().add(Metric.PACKETS_CONNACK_AUTH_ERROR);
        connection.refuse(reason, null);
    }

    /** AUTH, before or after CONNACK. */
    void onAuth(Packet.Auth auth) {
        if (enhanced == null) {
            connection.fail(DisconnectReason.PROTOCOL_ERROR, "AUTH came without an authentication method in CONNECT");
            return;
        }
        enhanced.onAuth(auth);
    }

    void close() {
        if (enhanced != null) {
            enhanced.close();
        }
        if (attached != null) {
            attached.detach(connection.outlet());
        }
    }

    /**
     * The client is who it says it is.
     *
     * @param result what is known of it besides
     * @param data final authentication data for the CONNACK, or null
     */
    private void accepted(AuthResult.Accepted result, byte @Nullable [] data) {
        expiresAt = result.expiresAt();
        if (expiresAt != 0 && expiresAt <= context.wallClock.getAsLong()) {
            rejected(ReasonCode.NOT_AUTHORIZED);
            return;
        }
        try {
            newcomer().accepted(result);
        } catch (ProtocolException e) {
            misnamed(e);
            connection.refuse(e.reason(), e.getMessage());
            return;
        }
        if (newcomer().isMountedLater() && isWillRefused()) {
            return;
        }
        connection.client(newcomer().client());
        connection.outlet().mountpoint(newcomer().mountpoint());
        if (!result.rules().isEmpty()) {
            connection.rights(result.rules());
        }
        connection.counters().add(Metric.AUTHENTICATION_SUCCESS);
        connection.pause(Pause.CONNECTING);
        ConnectHook.Verdict verdict = context.hooks.connectHooks().isEmpty()
                ? ConnectHook.Verdict.PASS
                : context.hooks.connect(connection.client());
        if (verdict instanceof ConnectHook.Verdict.Later later) {
            Answers.await(connection, later.stage(), answer -> answered(answer, data));
        } else {
            answered(verdict, data);
        }
    }

    private void answered(ConnectHook.Verdict verdict, byte @Nullable [] data) {
        if (verdict instanceof ConnectHook.Verdict.Refuse refuse) {
            connection.refuse(refuse.reason(), null);
        } else {
            open(data);
        }
    }

    // --- the session ---

    private void open(byte @Nullable [] data) {
        if (isRefusedAsBanned()) { // since we asked who it is
            return;
        }
        Home home = connection.home();
        Session session = context.sessions.find(home, connection.client().clientId());
        if (session == null && context.budget.isBusy()) {
            connection.refuse(ReasonCode.SERVER_BUSY, "the broker has too many messages in memory");
            return;
        }
        long expiry = expirySeconds();
        Journal journal = context.journal(home);
        boolean kept = journal.isKept()
                && (expiry > 0
                        || (session != null && session.isDurable())
                        || context.sessions.isEnding(home, connection.client().clientId()));
        boolean resumes = session != null && !connect.cleanStart() && session.expirySeconds() > 0;
        if (kept && (resumes ? journal.isLostToSubscribers() : journal.isLost())) {
            ConnectionLog.unkept(connection, "a client whose session is to survive is refused with 0x88");
            connection.refuse(ReasonCode.SERVER_UNAVAILABLE, "the store cannot write");
            return;
        }
        boolean present = false;
        if (session != null) {
            Link old = session.link();
            if (connect.cleanStart()) {
                session.end(); // [MQTT-3.1.2-4]
                home.counters().add(Metric.SESSION_DISCARDED);
                if (old != null) {
                    old.discard();
                }
                session = null;
            } else if (session.expirySeconds() == 0) {
                session.end();
                endOld(old);
                session = null;
            } else {
                if (old != null) {
                    session.letGo(); // [MQTT-3.1.4-3]
                    home.counters().add(Metric.SESSION_TAKENOVER);
                    endOld(old);
                }
                home.counters().add(Metric.SESSION_RESUMED);
                present = true;
            }
        }
        if (session == null) {
            session = context.sessions.create(home, connection.client().clientId());
        }
        session.attach(connection.outlet(), expiry, will());
        if (kept) {
            attached = session;
            Session its = session;
            boolean resumed = present;
            journal.whenCommitted(survives -> kept(its, survives, resumed, expiry, data));
        } else {
            live(session, present, expiry, data);
        }
    }

    /** The store has the session as this CONNECT leaves it, or cannot have it. */
    private void kept(Session session, boolean survives, boolean present, long expiry, byte @Nullable [] data) {
        if (connection.isClosed()) {
            return; // also when another connection has taken the session over meanwhile
        }
        if (survives) {
            attached = null;
            live(session, present, expiry, data);
            return;
        }
        notKept(session);
    }

    /**
     * Refuses a client that waits for a store which says that it is well and takes too long; returns whether it did.
     */
    boolean refuseLate() {
        Session its = attached;
        if (its != null) {
            notKept(its);
        }
        return its != null;
    }

    private void notKept(Session session) {
        session.dropWill(); // its client has never been let in
        ConnectionLog.unkept(connection, "a client whose session is to survive is refused with 0x88");
        connection.refuse(ReasonCode.SERVER_UNAVAILABLE, "the store cannot write");
    }

    private void live(Session session, boolean present, long expiry, byte @Nullable [] data) {
        Home home = connection.home();
        sendConnAck(present, expiry, data);
        connection.outlet().open();
        home.counters().add(Metric.CLIENT_CONNACK);
        home.counters().add(Metric.CLIENT_CONNECTED);
        LiveClient live = new LiveClient(
                connection, session, newcomer().mountpoint(), terms.maxQos(), connect.bridge(), enhanced);
        connection.live(live, newcomer().keepAlive());
        live.expiresAt(expiresAt);
        context.sys.connected(home, connection.client(), connection.wire(), expiry, context.wallClock.getAsLong());
        if (context.hooks.areHeard()) {
            context.hooks.tell(new BrokerEvent.Connected(context.wallClock.getAsLong(), connection.client(), present));
        }
        session.pump();
        connection.resume(Pause.CONNECTING);
    }

    private static void endOld(@Nullable Link old) {
        if (old != null) {
            old.end(ReasonCode.SESSION_TAKEN_OVER);
        }
    }

    private long expirySeconds() {
        if (v5) {
            long asked = connect.properties().number(Property.SESSION_EXPIRY_INTERVAL, 0);
            return Math.min(asked, settings.maxSessionExpirySeconds());
        }
        return connect.cleanStart() ? 0 : settings.sessionExpirySeconds();
    }

    private int maxQos() {
        return Math.min(terms.maxQos(), settings.maxQosAllowed());
    }

    private @Nullable Will will() {
        Packet.Will will = connect.will();
        if (will == null) {
            return null;
        }
        Message message = Messages.of(
                newcomer().mountpoint().mount(will.topic()),
                will.payload(),
                will.qos(),
                will.retain(),
                will.properties());
        return new Will(
                connection.client(),
                connection.outlet().rules(),
                message,
                will.properties().number(Property.WILL_DELAY_INTERVAL, 0));
    }

    private void sendConnAck(boolean present, long expiry, byte @Nullable [] data) {
        Properties properties = v5 ? connAckProperties(expiry, data) : Properties.NONE;
        connection
                .outlet()
                .send(new Packet.ConnAck(present, ReasonCode.SUCCESS, properties), Metric.PACKETS_CONNACK_SENT);
    }

    private Properties connAckProperties(long expiry, byte @Nullable [] data) {
        Properties.Builder builder = Properties.builder();
        if (expiry != connect.properties().number(Property.SESSION_EXPIRY_INTERVAL, 0)) {
            builder.with(Property.SESSION_EXPIRY_INTERVAL, expiry);
        }
        if (settings.maxAwaitingRel() < 65_535) {
            builder.with(Property.RECEIVE_MAXIMUM, settings.maxAwaitingRel());
        }
        if (maxQos() < 2) {
            builder.with(Property.MAXIMUM_QOS, maxQos());
        }
        if (!settings.retainAvailable()) {
            builder.with(Property.RETAIN_AVAILABLE, 0);
        }
        builder.with(Property.MAXIMUM_PACKET_SIZE, settings.maxPacketBytes());
        if (newcomer().identity().assigned()) {
            builder.with(
                    Property.ASSIGNED_CLIENT_IDENTIFIER, connection.client().clientId()); // [MQTT-3.2.2-16]
        }
        if (settings.maxTopicAlias() > 0) {
            builder.with(Property.TOPIC_ALIAS_MAXIMUM, settings.maxTopicAlias());
        }
        if (!settings.wildcardSubscription()) {
            builder.with(Property.WILDCARD_SUBSCRIPTION_AVAILABLE, 0);
        }
        if (!settings.sharedSubscription()) {
            builder.with(Property.SHARED_SUBSCRIPTION_AVAILABLE, 0);
        }
        if (newcomer().keepAlive() != connect.keepAliveSeconds()) {
            builder.with(Property.SERVER_KEEP_ALIVE, newcomer().keepAlive()); // [MQTT-3.1.2-21]
        }
        builder.with(Property.RESPONSE_INFORMATION, responseInformation());
        if (enhanced != null) {
            builder.with(Property.AUTHENTICATION_METHOD, enhanced.method()); // [MQTT-4.12.0-5]
            builder.with(Property.AUTHENTICATION_DATA, data);
        }
        return builder.build();
    }

    /** Null when the client does not ask [MQTT-3.1.2-28]; it may also be left out, as for a name that does not fit. */
    private @Nullable String responseInformation() {
        if (connect.properties().number(Property.REQUEST_RESPONSE_INFORMATION, 0) != 1) {
            return null;
        }
        try {
            return newcomer().responseInformation();
        } catch (ProtocolException e) {
            misnamed(e);
            return null;
        }
    }
}
