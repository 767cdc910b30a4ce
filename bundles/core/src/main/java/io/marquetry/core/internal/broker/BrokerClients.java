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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The sessions and connections of all loops, for whoever administers them. */
final class BrokerClients implements Clients {
    private final SessionRegistry sessions;

    BrokerClients(SessionRegistry sessions) {
        this.sessions = sessions;
    }

    @Override
    public CompletionStage<List<ClientInfo>> connected() {
        return SessionWalk.<List<ClientInfo>>everywhere(sessions, ArrayList::new, (session, found) -> {
                    Link link = session.link();
                    if (link != null) {
                        found.add(link.client());
                    }
                    return 1;
                })
                // Not by the loop that happens to be the last: the list may be long.
                .thenApplyAsync(parts -> parts.stream().flatMap(List::stream).toList());
    }

    @Override
    public CompletionStage<List<ClientDetails>> list(String idPart, int limit) {
        return SessionWalk.<FirstFew<ClientDetails>>everywhere(
                        sessions, () -> new FirstFew<>(limit), (session, first) -> {
                            String id = session.clientId();
                            if (first.takes(id) && id.contains(idPart)) {
                                first.add(id, details(session));
                            }
                            return 1;
                        })
                .thenApplyAsync(parts -> FirstFew.of(parts, limit));
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
                session.createdAt(),
                session.disconnectedAt(),
                session.expirySeconds(),
                session.subscriptions().size(),
                session.inflight(),
                session.queueLength(),
                session.outboxBytes(),
                session.dropped(),
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
