// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ClientDetails;
import io.marquetry.api.admin.Clients;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Clients that a test puts in. */
final class StandInClients implements Clients {
    final SortedMap<String, ClientDetails> sessions = new TreeMap<>();
    final List<String> kicked = new ArrayList<>();

    StandInClients online(String id) {
        ClientInfo connection = new ClientInfo(
                id,
                "user",
                ProtocolVersion.MQTT_5,
                new InetSocketAddress("127.0.0.1", 4711),
                "tcp:default",
                true,
                60,
                1_700_000_000_000L,
                null,
                "");
        return with(id, connection, 0);
    }

    StandInClients offline(String id) {
        return with(id, null, 1_700_000_100_000L);
    }

    private StandInClients with(String id, @Nullable ClientInfo connection, long disconnectedAt) {
        sessions.put(
                id, new ClientDetails(id, connection, 1_699_999_999_000L, disconnectedAt, 300, 2, 1, 7, 4096, 3, 0));
        return this;
    }

    @Override
    public CompletionStage<List<ClientInfo>> connected() {
        return CompletableFuture.completedFuture(sessions.values().stream()
                .map(ClientDetails::connection)
                .filter(Objects::nonNull)
                .toList());
    }

    @Override
    public CompletionStage<List<ClientDetails>> list(String idPart, int limit) {
        return CompletableFuture.completedFuture(sessions.values().stream()
                .filter(client -> client.clientId().contains(idPart))
                .limit(limit)
                .toList());
    }

    @Override
    public CompletionStage<Optional<ClientDetails>> find(String clientId) {
        return CompletableFuture.completedFuture(Optional.ofNullable(sessions.get(clientId)));
    }

    @Override
    public CompletionStage<Boolean> kick(String clientId) {
        return kick(clientId, ReasonCode.ADMINISTRATIVE_ACTION);
    }

    @Override
    public CompletionStage<Boolean> kick(String clientId, ReasonCode reason) {
        kicked.add(clientId);
        return CompletableFuture.completedFuture(sessions.remove(clientId) != null);
    }
}
