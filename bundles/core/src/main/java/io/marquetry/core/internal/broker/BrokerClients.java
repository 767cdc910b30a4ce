// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.ClientDetails;
import io.marquetry.api.admin.Clients;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.session.Link;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.SessionRegistry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The sessions and connections of all loops, for whoever administers them. */
final class BrokerClients implements Clients {
    private final SessionRegistry sessions;
    private final EveryLoop everywhere;

    BrokerClients(SessionRegistry sessions, EveryLoop everywhere) {
        this.sessions = sessions;
        this.everywhere = everywhere;
    }

    @Override
    public CompletionStage<List<ClientInfo>> connected() {
        return everywhere.on(home -> {
            List<ClientInfo> found = new ArrayList<>();
            for (Session session : sessions.all(home)) {
                if (session.link() != null) {
                    found.add(session.link().client());
                }
            }
            return found;
        });
    }

    @Override
    public CompletionStage<List<ClientDetails>> list(String idPart, int limit) {
        return everywhere
                .on(home -> sessions.all(home).stream()
                        .filter(session -> session.clientId().contains(idPart))
                        .map(this::details)
                        .toList())
                .thenApply(all -> all.stream()
                        .sorted(Comparator.comparing(ClientDetails::clientId))
                        .limit(limit)
                        .toList());
    }

    @Override
    public CompletionStage<Optional<ClientDetails>> find(String clientId) {
        Home home = sessions.homeOf(clientId);
        CompletableFuture<Optional<ClientDetails>> found = new CompletableFuture<>();
        home.loop()
                .execute(() -> found.complete(
                        Optional.ofNullable(sessions.find(home, clientId)).map(this::details)));
        return found;
    }

    private ClientDetails details(Session session) {
        Link link = session.link();
        return new ClientDetails(
                session.clientId(),
                link == null ? null : link.client(),
                0,
                0,
                session.expirySeconds(),
                session.subscriptions().size(),
                session.inflight(),
                session.queueLength(),
                0,
                0,
                session.awaitingRel());
    }

    @Override
    public CompletionStage<Boolean> kick(String clientId) {
        return kick(clientId, ReasonCode.ADMINISTRATIVE_ACTION);
    }

    @Override
    public CompletionStage<Boolean> kick(String clientId, ReasonCode reason) {
        if (!reason.isError()) {
            throw new IllegalArgumentException("expected a reason code of 0x80 or above, got " + reason);
        }
        Home home = sessions.homeOf(clientId);
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        home.loop().execute(() -> {
            Session session = sessions.find(home, clientId);
            if (session != null) {
                Link link = session.link();
                session.end();
                if (link != null) {
                    link.end(reason);
                }
            }
            done.complete(session != null);
        });
        return done;
    }
}
