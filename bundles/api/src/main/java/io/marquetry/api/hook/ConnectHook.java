// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Sees every client that has authenticated, before its CONNACK, and may turn it away. Register an implementation as an
 * OSGi service; the broker asks it from the next CONNECT on. Several hooks form a chain in the order of
 * {@code service.ranking}, highest first; the first refusal ends it.
 *
 * <p>Called on the event loop of the client, by many loops at once: return quickly; an answer that needs I/O is a
 * {@link Verdict.Later}, or the class is marked {@link io.marquetry.api.extension.Blocking}. What a hook throws is
 * logged with its bundle's name, and the client is refused with 0x83.
 *
 * @since 1.0
 */
@ConsumerType
public interface ConnectHook {
    /**
     * A client has authenticated.
     *
     * @param client who it is
     * @return whether it may go on
     */
    Verdict onConnect(ClientInfo client);

    /**
     * A connection that {@link #onConnect} let pass has ended.
     *
     * @param client whose it was
     * @param reason why, one of the names counted per listener, for example {@code normal} or {@code keepalive_timeout}
     */
    default void onDisconnect(ClientInfo client, String reason) {}

    /**
     * The answers of a connect hook.
     *
     * @since 1.0
     */
    sealed interface Verdict {
        /** The client may go on. */
        Verdict PASS = new Pass();

        /** The client may go on. */
        record Pass() implements Verdict {}

        /**
         * The client is turned away.
         *
         * @param reason goes into the CONNACK; an error code, 0x80 or above
         */
        record Refuse(ReasonCode reason) implements Verdict {
            /** Refuses a reason that is not an error. */
            public Refuse {
                if (!reason.isError()) {
                    throw new IllegalArgumentException("expected a reason code of 0x80 or above, got " + reason);
                }
            }
        }

        /**
         * The answer comes later; the client waits for its CONNACK.
         *
         * @param stage completes with {@link Pass} or {@link Refuse}; one that fails, or is still open after
         *     {@code authTimeoutSeconds}, refuses with 0x88 Server unavailable
         */
        record Later(CompletionStage<Verdict> stage) implements Verdict {}
    }
}
