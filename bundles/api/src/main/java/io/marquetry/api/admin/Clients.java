// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The clients of this broker. Registered by the broker as an OSGi service; callable from any thread.
 *
 * @since 1.0
 */
@ProviderType
public interface Clients {
    /** Those that are connected now; completes with a copy. */
    CompletionStage<List<ClientInfo>> connected();

    /**
     * Sessions, with or without a connection.
     *
     * @param idPart only those whose client identifier has this in it; empty is all
     * @param limit at most so many
     * @return completes with a copy, in the order of the identifiers
     */
    CompletionStage<List<ClientDetails>> list(String idPart, int limit);

    /**
     * One session.
     *
     * @param clientId the client identifier
     * @return completes with it, or with nothing when there is none
     */
    CompletionStage<Optional<ClientDetails>> find(String clientId);

    /**
     * Ends a client's connection and its session. An MQTT 5 client is told 0x98 Administrative action.
     *
     * @param clientId the client identifier
     * @return completes with whether there was such a session
     */
    CompletionStage<Boolean> kick(String clientId);

    /**
     * Ends a client's connection, and its session, with a reason of the caller's choice.
     *
     * @param clientId the client identifier
     * @param reason goes into the DISCONNECT of an MQTT 5 client; an error code, 0x80 or above
     * @return completes with whether there was such a session
     */
    CompletionStage<Boolean> kick(String clientId, ReasonCode reason);
}
