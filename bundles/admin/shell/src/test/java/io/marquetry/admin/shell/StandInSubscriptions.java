// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.SubscriptionInfo;
import io.marquetry.api.admin.Subscriptions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Subscriptions that a test puts in. */
record StandInSubscriptions(List<SubscriptionInfo> all) implements Subscriptions {
    @Override
    public CompletionStage<List<SubscriptionInfo>> list(@Nullable String clientId, int limit) {
        return CompletableFuture.completedFuture(all.stream()
                .filter(subscription ->
                        clientId == null || subscription.clientId().equals(clientId))
                .limit(limit)
                .toList());
    }

    @Override
    public List<String> filters(int limit) {
        return all.stream()
                .map(SubscriptionInfo::filter)
                .distinct()
                .sorted()
                .limit(limit)
                .toList();
    }
}
