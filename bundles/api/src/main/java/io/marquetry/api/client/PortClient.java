// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A client that is connected by {@link ClientPort}. Callable from any thread; what one thread asks for happens in that
 * order. Once the connection has ended, every open and every further stage completes with 0x8E or the reason of the
 * end.
 *
 * @since 1.0
 */
@ProviderType
public interface PortClient {
    /** Who it is, the assigned client identifier and the attributes of its authentication included. */
    ClientInfo info();

    /** Whether it came back to a session, with its subscriptions. */
    boolean sessionPresent();

    /**
     * Publishes a message.
     *
     * <p>Keep what is open bounded: publish the next message once fewer stages are open than you can hold. While the
     * broker takes no more, stages stay open; that is how it slows a gateway down.
     *
     * @param message its topic without the mountpoint
     * @return completes with what PUBACK or PUBCOMP would say; for QoS 0 with success once the message was routed
     */
    CompletionStage<ReasonCode> publish(Message message);

    /**
     * Subscribes.
     *
     * @param filter without the mountpoint; {@code $share/group/filter} too
     * @param qos the maximum quality of service
     * @return completes with what SUBACK would say; an error code, 0x80 or above, is a refusal
     * @throws IllegalArgumentException when the filter breaks the rules of the specification
     */
    CompletionStage<ReasonCode> subscribe(String filter, QoS qos);

    /**
     * Ends a subscription.
     *
     * @param filter as it was subscribed to
     * @return completes with what UNSUBACK would say
     */
    CompletionStage<ReasonCode> unsubscribe(String filter);

    /**
     * Says that the device is alive, for the keep alive; whatever else is called here says so too. Completes when the
     * broker has answered.
     */
    CompletionStage<ReasonCode> ping();

    /**
     * Ends the connection.
     *
     * @param publishWill whether the will is published
     */
    void disconnect(boolean publishWill);
}
