// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
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
import io.marquetry.core.port.Terms;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From CONNECT to CONNACK: checks what was asked for, moves to the loop of the session, asks the authenticators and the
 * connect hooks, takes over or begins the session, answers. While someone is asked, the connection is not read.
 */
final class ConnectFlow {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectFlow.class);
    private static final int NAME_IN_LOG = 64;

    private final Connection connection;
    private final BrokerContext context;
    private final MqttSettings settings;
    private final Packet.Connect connect;
    private final boolean v5;
    private Identity identity;
    private Mountpoint mountpoint = Mountpoint.NONE;
    /** What the listener took when CONNECT came. */
    private int maxQos;

    private @Nullable EnhancedAuth enhanced;

    ConnectFlow(Connection connection, Packet.Connect connect) {
        this.connection = connection;
        this.context = connection.context();
        this.settings = context.settings();
        this.connect = connect;
        this.v5 = connect.version() == ProtocolVersion.MQTT_5;
        this.identity = new Identity(connect.clientId(), connect.username(), false);
    }

    void begin() {
        connection.counters().add(Metric.CLIENT_CONNECT);
        connection.pause(Pause.CONNECTING);
        Terms terms = connection.wire().entrance().terms();
        try {
            identity = Identity.of(connect, connection.wire().certificate(), terms, settings, this::assign);
            mountpoint = Mountpoint.of(identity.fill(terms.mountpoint(), "mountpoint of " + listener()));
        } catch (ProtocolException e) {
            misnamed(e);
            connection.refuse(e.reason(), e.getMessage());
            return;
        }
        maxQos = terms.maxQos();
        if (isRefusedByLimits()) {
            return;
        }
        Home home = context.sessions.homeOf(identity.clientId());
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

    private String listener() {
        return connection.wire().entrance().listener();
    }

    /** The operator wants to know: it is a listener's terms that this client does not meet. */
    private void misnamed(ProtocolException e) {
        long held = context.badInput.pass();
        if (held >= 0) {
            LOG.warn(
                    "{} ({} more such lines held back) client={} username={} peer={} listener={}",
                    e.getMessage(),
                    held,
                    brief(identity.clientId()),
                    brief(identity.username()),
                    connection.wire().remoteAddress(),
                    listener());
        }
    }

    private static @Nullable String brief(@Nullable String name) {
        return name == null || name.length() <= NAME_IN_LOG ? name : name.substring(0, NAME_IN_LOG) + "...";
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
        int bytes = identity.clientId().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > settings.maxClientIdLength()) {
            connection.refuse(
                    ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                    "the client identifier has " + bytes + " bytes, at most " + settings.maxClientIdLength()
                            + " are taken");
            return true;
        }
        Packet.Will will = connect.will();
        if (will == null) {
            return false;
        }
        if (will.qos().value() > maxQos()) {
            connection.refuse(ReasonCode.QOS_NOT_SUPPORTED, "the will's QoS is not supported"); // [MQTT-3.2.2-12]
            return true;
        }
        if (will.retain() && !settings.retainAvailable()) {
            connection.refuse(ReasonCode.RETAIN_NOT_SUPPORTED, "a retained will is not supported"); // [MQTT-3.2.2-13]
            return true;
        }
        String topic = mountpoint.mount(will.topic());
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
        connection.counters().add(Metric.CLIENT_AUTHENTICATE);
        ClientInfo client = new ClientInfo(
                identity.clientId(),
                identity.username(),
                connect.version(),
                connection.wire().remoteAddress(),
                listener(),
                connect.cleanStart(),
                keepAlive(),
                context.wallClock.getAsLong(),
                connection.wire().certificate(),
                mountpoint.text());
        connection.client(client);
        connection.outlet().mountpoint(mountpoint);
        if (context.hooks.isDoorShut()) {
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
        if (context.hooks.authenticators().isEmpty()) {
            connection.counters().add(Metric.CLIENT_AUTH_ANONYMOUS);
            connection.counters().add(Metric.AUTHENTICATION_SUCCESS_ANONYMOUS);
        }
        Answers.await(
                connection,
                context.hooks.authenticate(new Credentials(connection.client(), connect.password()), List.of()),
                result -> {
                    byte[] password = connect.password();
                    if (password != null) {
                        Arrays.fill(password, (byte) 0);
                    }
                    if (result instanceof AuthResult.Rejected rejected) {
                        rejected(rejected.reason());
                    } else {
                        accepted(null);
                    }
                });
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
    }

    /**
     * The client is who it says it is.
     *
     * @param data final authentication data for the CONNACK, or null
     */
    private void accepted(byte @Nullable [] data) {
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
        Home home = connection.home();
        Session session = context.sessions.find(home, identity.clientId());
        if (session == null && context.budget.isBusy()) {
            connection.refuse(ReasonCode.SERVER_BUSY, "the broker has too many messages in memory");
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
            session = context.sessions.create(home, identity.clientId());
        }
        long expiry = expirySeconds();
        session.attach(connection.outlet(), expiry, will());
        sendConnAck(present, expiry, data);
        home.counters().add(Metric.CLIENT_CONNACK);
        home.counters().add(Metric.CLIENT_CONNECTED);
        connection.live(
                new LiveClient(connection, session, mountpoint, maxQos, connect.bridge(), enhanced), keepAlive());
        context.sys.connected(home, connection.client(), connection.wire(), expiry, context.wallClock.getAsLong());
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
        return Math.min(maxQos, settings.maxQosAllowed());
    }

    private int keepAlive() {
        return v5 && settings.serverKeepalive() > 0 ? settings.serverKeepalive() : connect.keepAliveSeconds();
    }

    private @Nullable Will will() {
        Packet.Will will = connect.will();
        if (will == null) {
            return null;
        }
        Message message = Messages.of(
                mountpoint.mount(will.topic()), will.payload(), will.qos(), will.retain(), will.properties());
        return new Will(connection.client(), message, will.properties().number(Property.WILL_DELAY_INTERVAL, 0));
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
        if (identity.assigned()) {
            builder.with(Property.ASSIGNED_CLIENT_IDENTIFIER, identity.clientId()); // [MQTT-3.2.2-16]
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
        if (keepAlive() != connect.keepAliveSeconds()) {
            builder.with(Property.SERVER_KEEP_ALIVE, keepAlive()); // [MQTT-3.1.2-21]
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
        String text = settings.responseInformation();
        boolean wanted = connect.properties().number(Property.REQUEST_RESPONSE_INFORMATION, 0) == 1;
        if (!wanted || text.isEmpty()) {
            return null;
        }
        try {
            return identity.fill(text, "response information");
        } catch (ProtocolException e) {
            misnamed(e);
            return null;
        }
    }
}
