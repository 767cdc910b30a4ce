// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Sees every copy of a message before it is written to a connected subscriber; may change or drop it. Register an
 * implementation as an OSGi service. Several hooks form a chain in the order of {@code service.ranking}, highest first.
 *
 * <p>This is the dearest place for an extension: it is called once for each subscriber, and while such a hook is there,
 * copies are encoded one by one. Prefer a {@link PublishHook}. Called on the event loop of the subscriber, by many
 * loops at once: return at once, there is no later answer.
 *
 * @since 1.0
 */
@ConsumerType
@FunctionalInterface
public interface DeliverHook {
    /**
     * A copy is about to be written for the first time; a resend is not asked about again.
     *
     * @param client who gets it
     * @param message the message with the quality of service and RETAIN flag of this copy, its topic with the
     *     {@link ClientInfo#mountpoint} of the client in front
     * @return what becomes of the copy; a hook that throws drops it
     */
    Verdict onDeliver(ClientInfo client, Message message);

    /**
     * The answers of a deliver hook.
     *
     * @since 1.0
     */
    sealed interface Verdict {
        /** The copy goes as it is. */
        Verdict PASS = new Pass();

        /** The copy is dropped: counted as {@code dropped.hook}, never acknowledged by the client. */
        Verdict DROP = new Drop();

        /** The copy goes as it is. */
        record Pass() implements Verdict {}

        /** The copy is dropped. */
        record Drop() implements Verdict {}

        /**
         * Another message goes in its place, with the same quality of service and RETAIN flag.
         *
         * @param message what goes
         */
        record Replace(Message message) implements Verdict {}
    }
}
