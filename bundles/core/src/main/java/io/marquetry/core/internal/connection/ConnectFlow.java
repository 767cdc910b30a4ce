// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.Topics;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Property;
import io.marquetry.codec.ProtocolException;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.port.Terms;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * From CONNECT to CONNACK: checks what was asked for, moves to the loop of the session, asks the authenticators and the
 * connect hooks, and has its session opened. While someone is asked, the connection is not read.
 */
final class ConnectFlow {
    private final Connection connection;
    private final BrokerContext context;
    private final MqttSettings settings;
    private final Packet.Connect connect;
    private final Terms terms;
    private @Nullable Newcomer newcomer;
    /** Until when the client may be connected, in milliseconds since 1970; 0 is for ever. */
    private long expiresAt;

    private @Nullable EnhancedAuth enhanced;
    private @Nullable SessionOpening opening;

    ConnectFlow(Connection connection, Packet.Connect connect) {
        this.connection = connection;
        this.context = connection.context();
        this.settings = context.settings();
        this.connect = connect;
        this.terms = connection.wire().entrance().terms();
    }

    void begin() {
        connection.counters().add(Metric.CLIENT_CONNECT);
        connection.reading().pause(Pause.CONNECTING);
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
        if (newcomer == null) {
            ConnectionLog.misnamed(connection, connect.clientId(), connect.username(), e);
        } else {
            newcomer.misnamed(e);
        }
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
        if (will != null && will.qos().value() > newcomer().maxQos()) {
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
        if (opening != null) {
            opening.close();
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
        connection.reading().pause(Pause.CONNECTING);
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
        } else if (!isRefusedAsBanned()) { // since we asked who it is
            opening = new SessionOpening(connection, connect, newcomer(), terms, enhanced, expiresAt);
            opening.open(data);
        }
    }

    /**
     * Refuses a client that waits for a store which says that it is well and takes too long; returns whether it did.
     */
    boolean refuseLate() {
        return opening != null && opening.refuseLate();
    }
}
