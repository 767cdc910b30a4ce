// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.hook;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Sees every subscription of a SUBSCRIBE after its right was checked and before it is made; may change or refuse it.
 * Register an implementation as an OSGi service. Several hooks form a chain in the order of {@code service.ranking},
 * highest first; each sees what the one before it made of the subscription.
 *
 * <p>Called on the event loop of the client, by many loops at once: return quickly; an answer that needs I/O is a
 * {@link Verdict.Later}. SUBACK, and later packets of that client that depend on it, wait for it.
 *
 * @since 1.0
 */
@ConsumerType
@FunctionalInterface
public interface SubscribeHook {
    /**
     * A client subscribes.
     *
     * @param client who subscribes
     * @param filter to what, with the {@link ClientInfo#mountpoint} of the client in front
     * @param qos the maximum quality of service that it asks for
     * @return what becomes of the subscription; a hook that throws refuses it with 0x83 Implementation specific error
     */
    Verdict onSubscribe(ClientInfo client, TopicFilter filter, QoS qos);

    /**
     * A subscription has ended because the client asked for it.
     *
     * @param client whose it was
     * @param filter as the broker knew it
     */
    default void onUnsubscribe(ClientInfo client, TopicFilter filter) {}

    /**
     * The answers of a subscribe hook.
     *
     * @since 1.0
     */
    sealed interface Verdict {
        /** The subscription is made as it is. */
        Verdict PASS = new Pass();

        /** The subscription is made as it is. */
        record Pass() implements Verdict {}

        /**
         * Another subscription is made in its place; the client unsubscribes from it by the filter that it sent.
         *
         * @param filter to what
         * @param qos the maximum quality of service granted
         */
        record Replace(TopicFilter filter, QoS qos) implements Verdict {}

        /**
         * The subscription is not made.
         *
         * @param reason goes into the SUBACK of an MQTT 5 client, older ones see 0x80; an error code, 0x80 or above
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
         * The answer comes later.
         *
         * @param stage completes with any answer but another {@code Later}; one that fails, or is still open after
         *     {@code hookTimeoutSeconds}, refuses with 0x83 Implementation specific error
         */
        record Later(CompletionStage<Verdict> stage) implements Verdict {}
    }
}
