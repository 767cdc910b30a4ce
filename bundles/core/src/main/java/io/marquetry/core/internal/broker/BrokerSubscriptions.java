// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.SubscriptionInfo;
import io.marquetry.api.admin.Subscriptions;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.SessionRegistry;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The subscriptions of all loops, for whoever administers them. */
final class BrokerSubscriptions implements Subscriptions {
    private final SessionRegistry sessions;
    private final Router router;
    private final EveryLoop everywhere;

    BrokerSubscriptions(SessionRegistry sessions, Router router, EveryLoop everywhere) {
        this.sessions = sessions;
        this.router = router;
        this.everywhere = everywhere;
    }

    @Override
    public CompletionStage<List<SubscriptionInfo>> list(@Nullable String clientId, int limit) {
        return everywhere
                .on(home -> {
                    Collection<Session> which = sessions.all(home);
                    if (clientId != null) {
                        Session only = sessions.find(home, clientId);
                        which = only == null ? List.of() : List.of(only);
                    }
                    return which.stream()
                            .flatMap(session -> session.subscriptions().stream()
                                    .map(subscription -> new SubscriptionInfo(
                                            session.clientId(),
                                            subscription.filter().text(),
                                            subscription.qos(),
                                            subscription.noLocal(),
                                            subscription.retainAsPublished())))
                            .limit(limit)
                            .toList();
                })
                .thenApply(all -> all.stream().limit(limit).toList());
    }

    @Override
    public List<String> filters(int limit) {
        return router.filters(limit);
    }
}
