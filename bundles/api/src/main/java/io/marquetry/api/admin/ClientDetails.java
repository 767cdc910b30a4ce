// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import io.marquetry.api.client.ClientInfo;
import org.jspecify.annotations.Nullable;

/**
 * A session at one moment, with its connection when it has one.
 *
 * @param clientId the client identifier
 * @param connection who is connected, or null while nobody is
 * @param createdAt when the session began, in milliseconds since 1970
 * @param disconnectedAt when its last connection ended, in milliseconds since 1970; 0 while it is connected
 * @param expirySeconds how long the session outlives its connection, in seconds; 4294967295 is for ever
 * @param subscriptions how many subscriptions it has
 * @param inflight how many QoS 1 and 2 messages are sent and not acknowledged
 * @param queueLength how many messages wait
 * @param queueBytes how many bytes the messages that wait and those in flight have
 * @param dropped how many messages were dropped since the session began, since its queue was full
 * @param awaitingRel how many QoS 2 messages were received and not released
 * @since 1.0
 */
public record ClientDetails(
        String clientId,
        @Nullable ClientInfo connection,
        long createdAt,
        long disconnectedAt,
        long expirySeconds,
        int subscriptions,
        int inflight,
        int queueLength,
        long queueBytes,
        long dropped,
        int awaitingRel) {
    /** Whether a client is connected. */
    public boolean isConnected() {
        return connection != null;
    }
}
