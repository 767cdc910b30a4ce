// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.SubscriptionInfo;
import io.marquetry.api.admin.Subscriptions;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.SessionRegistry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The subscriptions of all loops, for whoever administers them. */
final class BrokerSubscriptions implements Subscriptions {
    private final SessionRegistry sessions;
    private final Router router;

    BrokerSubscriptions(SessionRegistry sessions, Router router) {
        this.sessions = sessions;
        this.router = router;
    }

    @Override
    public CompletionStage<List<SubscriptionInfo>> list(@Nullable String clientId, int limit) {
        if (clientId != null) {
            return of(clientId, limit);
        }
        return SessionWalk.<FirstFew<SubscriptionInfo>>everywhere(
                        sessions, () -> new FirstFew<>(limit), BrokerSubscriptions::look)
                .thenApplyAsync(parts -> FirstFew.of(parts, limit));
    }

    private CompletionStage<List<SubscriptionInfo>> of(String clientId, int limit) {
        Home home = sessions.homeOf(clientId);
        CompletableFuture<List<FirstFew<SubscriptionInfo>>> found = new CompletableFuture<>();
        home.loop().execute(() -> {
            FirstFew<SubscriptionInfo> first = new FirstFew<>(limit);
            Session session = sessions.find(home, clientId);
            if (session != null) {
                look(session, first);
            }
            found.complete(List.of(first));
        });
        return found.thenApplyAsync(parts -> FirstFew.of(parts, limit));
    }

    private static int look(Session session, FirstFew<SubscriptionInfo> first) {
        String id = session.clientId();
        if (!first.takes(id)) {
            return 1; // nor would it take any of its filters
        }
        for (Subscription subscription : session.subscriptions()) {
            // No client identifier and no filter has U+0000 in it: clients stay together, in their order.
            first.add(id + '\0' + subscription.filter().text(), info(id, subscription));
        }
        return 1 + session.subscriptions().size();
    }

    private static SubscriptionInfo info(String clientId, Subscription subscription) {
        return new SubscriptionInfo(
                clientId,
                subscription.filter().text(),
                subscription.qos(),
                subscription.noLocal(),
                subscription.retainAsPublished());
    }

    @Override
    public List<String> filters(int limit) {
        return router.filters(limit);
    }
}
