// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Sees every message that a client publishes, wills included, after its right to publish was checked and before it is
 * retained and routed; may change or refuse it. Register an implementation as an OSGi service; the broker asks it from
 * the next message on, also for clients that are already connected. Several hooks form a chain in the order of
 * {@code service.ranking}, highest first; each sees what the one before it made of the message.
 *
 * <p>Called on the event loop of the publisher, by many loops at once: return quickly; an answer that needs I/O is a
 * {@link Verdict.Later}, or the class is marked {@link io.marquetry.api.extension.Blocking}. Messages of one client
 * reach a hook, and then its subscribers, in the order they were sent.
 *
 * @since 1.0
 */
@ConsumerType
@FunctionalInterface
public interface PublishHook {
    /**
     * A client publishes.
     *
     * @param client who publishes
     * @param publish what it publishes, to be read during this call only: whoever keeps it takes
     *     {@link Publish#message}. The topic is the one that it is routed and retained by, with the
     *     {@link ClientInfo#mountpoint} of the client in front, and so is the topic of a {@link Verdict.Replace}
     * @return what becomes of the message; a hook that throws refuses it with 0x83 Implementation specific error
     */
    Verdict onPublish(ClientInfo client, Publish publish);

    /**
     * The answers of a publish hook.
     *
     * @since 1.0
     */
    sealed interface Verdict {
        /** The message goes on as it is. */
        Verdict PASS = new Pass();

        /** The message goes on as it is. */
        record Pass() implements Verdict {}

        /**
         * Another message goes on in its place. Its quality of service must be that of the original, since the
         * acknowledgement follows it; a different one is ignored.
         *
         * @param message what goes on
         */
        record Replace(Message message) implements Verdict {}

        /**
         * The message ends here. MQTT 5 clients see the reason in PUBACK or PUBREC; older ones get a plain
         * acknowledgement.
         *
         * @param reason an error code, 0x80 or above
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
         * The answer comes later. The acknowledgement and the later messages of that client wait; nobody else does.
         *
         * @param stage completes with any answer but another {@code Later}; one that fails, or is still open after
         *     {@code hookTimeoutSeconds}, refuses the message with 0x83 Implementation specific error
         */
        record Later(CompletionStage<Verdict> stage) implements Verdict {}
    }
}
