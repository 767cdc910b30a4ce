// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.EnhancedAuthenticator.Step;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.hook.EnhancedExchange;
import io.marquetry.core.internal.loop.Metric;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The exchange of AUTH packets with one client [MQTT-4.12], at CONNECT and for each re-authentication. Everything else
 * of a live client goes on meanwhile, with the rights it had.
 */
final class EnhancedAuth {
    private final Connection connection;
    private final String method;
    private final BiConsumer<AuthResult.Accepted, byte @Nullable []> accepted;
    private final BiConsumer<ReasonCode, @Nullable String> refused;
    private @Nullable EnhancedExchange exchange;
    private boolean asking;

    private EnhancedAuth(
            Connection connection,
            String method,
            EnhancedExchange exchange,
            BiConsumer<AuthResult.Accepted, byte @Nullable []> accepted,
            BiConsumer<ReasonCode, @Nullable String> refused) {
        this.connection = connection;
        this.method = method;
        this.exchange = exchange;
        this.accepted = accepted;
        this.refused = refused;
    }

    /** Begins the first exchange of a connection; null when nobody speaks the method. */
    static @Nullable EnhancedAuth begin(
            Connection connection,
            String method,
            BiConsumer<AuthResult.Accepted, byte @Nullable []> accepted,
            BiConsumer<ReasonCode, @Nullable String> refused) {
        EnhancedExchange exchange = connection.context().hooks.begin(method, connection.client(), false);
        return exchange == null ? null : new EnhancedAuth(connection, method, exchange, accepted, refused);
    }

    String method() {
        return method;
    }

    void onAuth(Packet.Auth auth) {
        // [MQTT-4.12.0-5] [MQTT-4.12.1-1]
        if (!method.equals(auth.properties().text(Property.AUTHENTICATION_METHOD))) {
            end(ReasonCode.PROTOCOL_ERROR, "the authentication method must be the one of CONNECT, " + method);
            return;
        }
        boolean again = auth.reason() == ReasonCode.REAUTHENTICATE;
        if (asking || again != (exchange == null) || (again && !connection.isLive())) {
            end(ReasonCode.PROTOCOL_ERROR, "AUTH with " + auth.reason() + " does not fit the exchange");
            return;
        }
        if (again) {
            exchange = connection.context().hooks.begin(method, connection.client(), true);
            if (exchange == null) {
                end(ReasonCode.BAD_AUTHENTICATION_METHOD, "nobody here speaks the authentication method any more");
                return;
            }
        }
        next(auth.properties().binary(Property.AUTHENTICATION_DATA));
    }

    /** Hands on what the client sent. */
    void next(byte @Nullable [] data) {
        EnhancedExchange current = exchange;
        if (current == null) {
            return;
        }
        asking = true;
        if (!connection.isLive()) {
            connection.reading().pause(Pause.CONNECTING);
        }
        Answers.await(connection, current.next(data), this::answer);
    }

    private void answer(Step step) {
        asking = false;
        if (step instanceof Step.Challenge challenge) {
            send(ReasonCode.CONTINUE_AUTHENTICATION, challenge.data()); // [MQTT-4.12.0-2]
            connection.reading().resume(Pause.CONNECTING);
        } else if (step instanceof Step.Success success) {
            close();
            if (connection.isLive()) {
                send(ReasonCode.SUCCESS, success.data());
                connection.reauthenticated(success.result());
            } else {
                accepted.accept(success.result(), success.data());
            }
        } else if (step instanceof Step.Failure failure) {
            connection.counters().add(Metric.AUTHENTICATION_FAILURE);
            end(failure.result().reason(), null); // [MQTT-4.12.0-4] [MQTT-4.12.1-2]
        }
    }

    private void send(ReasonCode reason, byte @Nullable [] data) {
        Properties properties = Properties.builder()
                .with(Property.AUTHENTICATION_METHOD, method)
                .with(Property.AUTHENTICATION_DATA, data)
                .build();
        connection.outlet().send(new Packet.Auth(reason, properties), Metric.PACKETS_AUTH_SENT);
    }

    private void end(ReasonCode reason, @Nullable String detail) {
        close();
        if (connection.isLive()) {
            connection.fail(reason, detail);
        } else {
            refused.accept(reason, detail);
        }
    }

    /** The exchange is over. */
    void close() {
        EnhancedExchange ended = exchange;
        exchange = null;
        if (ended != null) {
            ended.close();
        }
    }
}
