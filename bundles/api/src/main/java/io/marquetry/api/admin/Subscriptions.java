// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Who subscribes to what. Registered by the broker as an OSGi service; callable from any thread.
 *
 * @since 1.0
 */
@ProviderType
public interface Subscriptions {
    /**
     * Subscriptions of sessions, connected or not.
     *
     * @param clientId only those of this client, or null for those of everyone
     * @param limit at most so many
     * @return completes with a copy, in the order of the client identifiers, then of the filters
     */
    CompletionStage<List<SubscriptionInfo>> list(@Nullable String clientId, int limit);

    /**
     * The topic filters that have subscribers, without the {@code $share/group/} prefix, each once, in order.
     *
     * @param limit at most so many
     */
    List<String> filters(int limit);
}
