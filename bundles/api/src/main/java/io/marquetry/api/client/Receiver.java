// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ReasonCode;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Gets what the broker sends to one client of {@link ClientPort}. Called on the event loop of the client, one call at a
 * time, in order: return quickly and never wait.
 *
 * @since 1.0
 */
@ConsumerType
public interface Receiver {
    /**
     * A message has come.
     *
     * @param message the message with the quality of service and RETAIN flag of this copy, its topic without the
     *     mountpoint
     * @param acknowledgement run it, from any thread, once the device has the message: the broker counts it as
     *     delivered then, and sends the next beyond {@link ConnectRequest#receiveMaximum}. Until then the message is
     *     kept, and comes again with the next connection. For QoS 0 it slows the broker down: messages beyond 1 MiB
     *     that were not acknowledged wait in the session's queue
     */
    void onMessage(Message message, Runnable acknowledgement);

    /**
     * The connection has ended: the broker ended it, or {@link PortClient#disconnect} was called. Called once, last.
     *
     * @param reason success when the gateway itself ended it; otherwise what DISCONNECT would say
     */
    void onClosed(ReasonCode reason);
}
