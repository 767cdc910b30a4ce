// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import io.marquetry.api.client.ClientInfo;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Speaks one authentication method of MQTT 5 enhanced authentication [MQTT-4.12]: a challenge and its answer, in as
 * many AUTH packets as the method needs, at CONNECT and again whenever the client re-authenticates. Register an
 * implementation as an OSGi service. Two services of one method: the higher {@code service.ranking} is asked.
 *
 * <p>Called on the event loop of the client, by many loops at once: return quickly and complete the stage from another
 * thread when the answer needs I/O.
 *
 * @since 1.0
 */
@ConsumerType
public interface EnhancedAuthenticator {
    /** The authentication method it speaks, as in the CONNECT property, for example {@code SCRAM-SHA-256}. */
    String method();

    /**
     * Begins an exchange.
     *
     * @param client who asks
     * @param reauthentication whether a connected client authenticates anew
     * @return the exchange, used by one client only and never by two threads at once
     */
    Exchange begin(ClientInfo client, boolean reauthentication);

    /**
     * The conversation with one client.
     *
     * @since 1.0
     */
    @ConsumerType
    interface Exchange extends AutoCloseable {
        /**
         * Takes what the client sent.
         *
         * @param data the authentication data of CONNECT or AUTH, or null when there was none
         * @return the next step; a stage that fails, or is still open after {@code authTimeoutSeconds}, is answered
         *     with 0x88 Server unavailable
         */
        CompletionStage<Step> next(byte @Nullable [] data);

        /** The exchange is over, whatever its end; called once. */
        @Override
        default void close() {}
    }

    /**
     * What follows in an exchange.
     *
     * @since 1.0
     */
    sealed interface Step {
        /**
         * The client must answer; sent as AUTH with 0x18 Continue authentication.
         *
         * @param data the challenge, or null
         */
        record Challenge(byte @Nullable [] data) implements Step {}

        /**
         * The exchange ends well; sent in the CONNACK, or as AUTH with 0x00 Success after a re-authentication.
         *
         * @param data final data for the client, or null
         * @param result what is known of the client besides. After a re-authentication its rules and its end are those
         *     in force; superuser and attributes stay what they were
         */
        record Success(byte @Nullable [] data, AuthResult.Accepted result) implements Step {
            /** The client is who it claims to be, and nothing more is known of it. */
            public Success(byte @Nullable [] data) {
                this(data, AuthResult.ACCEPTED);
            }
        }

        /**
         * The exchange ends badly.
         *
         * @param result why
         */
        record Failure(AuthResult.Rejected result) implements Step {}
    }
}
