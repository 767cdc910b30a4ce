// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.router.Subscription;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a session subscribes to, by filter, and what its client calls it; on the session's loop. */
final class Subscriptions {
    private final Session session;
    private final Router router;
    private Map<String, Subscription> byFilter = Map.of();
    private @Nullable FilterAliases aliases;

    Subscriptions(Session session, Router router) {
        this.session = session;
        this.router = router;
    }

    Collection<Subscription> all() {
        return byFilter.values();
    }

    @Nullable
    Subscription find(String filter) {
        return byFilter.get(filter);
    }

    /** Subscribes, or changes options; returns the subscription. */
    boolean subscribe(TopicFilter filter, int qos, boolean noLocal, boolean retainAsPublished, int identifier) {
        Subscription subscription = byFilter.get(filter.text());
        boolean isNew = subscription == null;
        if (subscription == null) {
            subscription = new Subscription(session, filter);
        }
        subscription.options(qos, noLocal, retainAsPublished, identifier);
        if (isNew) {
            if (byFilter.isEmpty()) {
                byFilter = new LinkedHashMap<>(4);
            }
            byFilter.put(filter.text(), subscription);
            router.subscribe(subscription);
        }
        Durable durable = session.durable();
        if (durable != null) {
            durable.subscribed(subscription, sent(filter.text()));
        }
        return isNew;
    }

    /** As {@link #subscribe}, for one that the store has. */
    void restore(TopicFilter filter, SubscriptionRecord record) {
        Subscription subscription = new Subscription(session, filter);
        subscription.options(record.qos(), record.noLocal(), record.retainAsPublished(), record.identifier());
        if (byFilter.isEmpty()) {
            byFilter = new LinkedHashMap<>(4);
        }
        byFilter.put(filter.text(), subscription);
        String sent = record.sent();
        if (sent != null) {
            aliases().subscribed(sent, filter.text());
        }
        router.subscribe(subscription);
    }

    boolean unsubscribe(String filter) {
        Subscription subscription = byFilter.isEmpty() ? null : byFilter.remove(filter);
        if (subscription == null) {
            return false;
        }
        router.unsubscribe(subscription);
        Durable durable = session.durable();
        if (durable != null) {
            durable.unsubscribed(subscription);
        }
        return true;
    }

    /** Leaves the router; what is handed on still finds its subscription here. */
    void end() {
        byFilter.values().forEach(router::unsubscribe);
    }

    void markFull(boolean full) {
        byFilter.values().forEach(s -> router.markFull(s, full));
    }

    // --- their names ---

    FilterAliases aliases() {
        if (aliases == null) {
            aliases = new FilterAliases();
        }
        return aliases;
    }

    boolean hasAliases() {
        return aliases != null;
    }

    /** What the client sent for a filter that a hook has changed; or null. */
    @Nullable
    String sent(String filter) {
        return aliases == null ? null : aliases.sent(filter);
    }

    // --- their rights ---

    /** Looks at the right to each of them. */
    void look(int epoch) {
        List.copyOf(byFilter.values()).forEach(s -> session.admits(s, epoch));
    }

    /** Looks at those that are withheld, which may be so no longer. */
    void lookAtWithheld() {
        int epoch = router.policy().now();
        List.copyOf(byFilter.values()).forEach(s -> {
            if (s.isWithheld()) {
                session.admits(s, epoch);
            }
        });
    }
}
