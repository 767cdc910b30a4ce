// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.client;

import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The door by which gateways and bridges enter: as clients. Who comes by it passes the same bans, authenticators,
 * hooks, limits and counters as a client that comes by a socket, has a session, and is seen and kicked like any other.
 * Registered by the broker as an OSGi service; callable from any thread.
 *
 * <p>The clients of an extension that leaves are disconnected.
 *
 * @since 1.0
 */
@ProviderType
public interface ClientPort {
    /**
     * Connects a client.
     *
     * @param request who it is and what it wants
     * @param receiver gets its messages and hears of its end; called from before the stage completes on, since a
     *     session may have messages that wait
     * @return completes with the client, or with why it was refused; never fails for a reason of the broker's
     */
    CompletionStage<ConnectAnswer> connect(ConnectRequest request, Receiver receiver);

    /**
     * What became of a request to connect.
     *
     * @since 1.0
     */
    sealed interface ConnectAnswer {
        /**
         * The client is connected.
         *
         * @param client by which it acts
         */
        record Connected(PortClient client) implements ConnectAnswer {}

        /**
         * The client was turned away; the receiver is not called.
         *
         * @param reason why, an error code, 0x80 or above
         */
        record Refused(io.marquetry.api.mqtt.ReasonCode reason) implements ConnectAnswer {}
    }
}
