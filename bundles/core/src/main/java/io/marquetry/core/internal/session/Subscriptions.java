// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.router.Subscriber;
import io.marquetry.core.internal.router.Subscription;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a session subscribes to, what its client calls that, and whether it still may; on the session's loop. */
abstract class Subscriptions extends Subscriber {
    private final Router router;
    private Map<String, Subscription> byFilter = Map.of();
    private @Nullable FilterAliases aliases;
    /** The rights for which everything was looked at before what waited might leave. */
    private int queueLooked;

    Subscriptions(Home home, String clientId, Router router) {
        super(home, clientId);
        this.router = router;
    }

    /** What of the session survives the broker, or null. */
    abstract @Nullable Durable durable();

    /** The connection, or null. */
    public abstract @Nullable Link link();

    /** A subscription is over [MQTT-3.10.4-2]. */
    abstract void over(Subscription subscription);

    /** The stamp up to which retained messages are still to be searched for, after a crash too; 0 for none. */
    abstract long owedUpTo(Subscription subscription);

    /** Its subscriptions. */
    public final Collection<Subscription> subscriptions() {
        return byFilter.values();
    }

    /** The subscription with this filter, or null. */
    public final @Nullable Subscription subscription(String filter) {
        return byFilter.get(filter);
    }

    /**
     * Subscribes, or changes the options of a subscription that is there [MQTT-3.8.4-3].
     *
     * @param identifier the subscription identifier, or 0
     * @return whether it is new
     */
    public final boolean subscribe(
            TopicFilter filter, int qos, boolean noLocal, boolean retainAsPublished, int identifier) {
        assert home().loop().inLoop();
        Subscription known = byFilter.get(filter.text());
        Subscription subscription = known == null ? new Subscription(this, filter) : known;
        subscription.options(qos, noLocal, retainAsPublished, identifier);
        if (known == null) {
            add(subscription);
        }
        note(subscription);
        return known == null;
    }

    /** Notes how a subscription is now, if it is to survive. */
    final void note(Subscription subscription) {
        Durable durable = durable();
        if (durable != null) {
            durable.subscribed(
                    subscription,
                    owedUpTo(subscription),
                    sent(subscription.filter().text()));
        }
    }

    /** As {@link #subscribe}, for a subscription that the store has. */
    final Subscription restore(TopicFilter filter, SubscriptionRecord record) {
        Subscription subscription = new Subscription(this, filter);
        subscription.options(record.qos(), record.noLocal(), record.retainAsPublished(), record.identifier());
        String sent = record.sent();
        if (sent != null) {
            aliases().subscribed(sent, filter.text());
        }
        add(subscription);
        return subscription;
    }

    private void add(Subscription subscription) {
        if (byFilter.isEmpty()) {
            byFilter = new LinkedHashMap<>(4);
        }
        byFilter.put(subscription.filter().text(), subscription);
        router.subscribe(subscription);
    }

    /** Unsubscribes; returns whether there was such a subscription. */
    public final boolean unsubscribe(String filter) {
        assert home().loop().inLoop();
        Subscription subscription = byFilter.isEmpty() ? null : byFilter.remove(filter);
        if (subscription == null) {
            return false;
        }
        router.unsubscribe(subscription);
        Durable durable = durable();
        if (durable != null) {
            durable.unsubscribed(subscription);
        }
        over(subscription);
        return true;
    }

    /** Leaves the router; what is handed on still finds its subscription here. */
    final void endSubscriptions() {
        byFilter.values().forEach(router::unsubscribe);
    }

    final void markFull(boolean full) {
        byFilter.values().forEach(s -> router.markFull(s, full));
    }

    // --- their names ---

    /** Under which filters the broker knows subscriptions that hooks have changed. */
    public final FilterAliases aliases() {
        if (aliases == null) {
            aliases = new FilterAliases();
        }
        return aliases;
    }

    /** Whether a hook has ever changed a subscription of the client. */
    public final boolean hasAliases() {
        return aliases != null;
    }

    /** What the client sent for a filter that a hook has changed; or null. */
    private @Nullable String sent(String filter) {
        return aliases == null ? null : aliases.sent(filter);
    }

    @Override
    public final String asked(Subscription subscription) {
        String sent = sent(subscription.filter().text());
        return sent == null
                ? super.asked(subscription)
                : TopicFilter.parse(sent).filter();
    }

    /** The shared subscription with this filter; one that is over still has had its messages. */
    final @Nullable Subscription share(@Nullable String filter) {
        if (filter == null) {
            return null;
        }
        Subscription known = byFilter.get(filter);
        return known != null ? known : new Subscription(this, TopicFilter.parse(filter));
    }

    // --- the right to them ---

    @Override
    protected final void look(Subscription subscription, int its) {
        Link connection = link();
        if (connection != null) {
            connection.look(subscription, its);
        }
        // Whom nobody is connected for cannot be asked about: its messages wait, and are judged when it is back.
    }

    /** {@inheritDoc} What is withheld is looked at now: in a shared group it gets nothing that would make it so. */
    @Override
    public final void rightsChanged() {
        super.rightsChanged();
        if (isAnyWithheld()) {
            int epoch = router.policy().now();
            List.copyOf(byFilter.values()).forEach(s -> {
                if (s.isWithheld()) {
                    admits(s, epoch);
                }
            });
        }
    }

    /** What waited may have come by a subscription to which there is no right any more. */
    final void lookAtWhatWaited() {
        int epoch = router.policy().now();
        int now = rights(epoch);
        if (queueLooked != now) {
            queueLooked = now;
            super.looking(1); // an answer that is there at once must not let the queue go before the others are asked
            List.copyOf(byFilter.values()).forEach(s -> admits(s, epoch));
            super.looking(-1);
        }
    }

    /** Whether a message that waited is not to leave: what matches it is withheld. */
    final boolean isWithheld(Delivery delivery) {
        return isAnyWithheld() && delivery.isWithheld(byFilter.values());
    }
}
