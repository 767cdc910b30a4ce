// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Gives a message to every subscriber of one loop that matches, on that loop. */
final class Fanout {
    private final Home home;
    private Subscriber[] merged = new Subscriber[16];
    /** Tells a subscriber whether it has met the message at hand before. */
    private long stamp;

    Fanout(Home home) {
        this.home = home;
    }

    /**
     * Delivers a message, once to each subscriber however many of its subscriptions match [MQTT-3.3.4-2].
     *
     * @param nodes what matches, the first so many
     * @param publisher the session it comes from, or null
     * @param epoch the policy of now
     * @param upgrade whether a delivery has the higher quality of service of message and subscription
     */
    void deliver(
            Frames frames,
            SubscriptionNode[] nodes,
            int count,
            @Nullable Subscriber publisher,
            int epoch,
            boolean upgrade) {
        int loop = home.index();
        if (count == 1) {
            deliverAll(nodes[0], loop, frames, upgrade, epoch, publisher);
            return;
        }
        stamp++;
        int subscribers = 0;
        for (int i = 0; i < count; i++) {
            Subscription only = nodes[i].only(loop);
            if (only != null) {
                subscribers = merge(subscribers, only, frames, upgrade, epoch, publisher);
                continue;
            }
            SubscriberSet set = nodes[i].set(loop);
            for (int j = 0; set != null && j < set.size(); j++) {
                subscribers = merge(subscribers, set.get(j), frames, upgrade, epoch, publisher);
            }
        }
        home.counters().add(Metric.FATE_MATCHED, subscribers);
        for (int i = 0; i < subscribers; i++) {
            merged[i].deliverMerged(frames);
        }
    }

    private static void deliverAll(
            SubscriptionNode node,
            int loop,
            Frames frames,
            boolean upgrade,
            int epoch,
            @Nullable Subscriber publisher) {
        Subscription only = node.only(loop);
        if (only != null) {
            deliverOne(only, frames, upgrade, epoch, publisher);
            return;
        }
        SubscriberSet set = node.set(loop);
        for (int j = 0; set != null && j < set.size(); j++) {
            deliverOne(set.get(j), frames, upgrade, epoch, publisher);
        }
    }

    private static void deliverOne(
            Subscription subscription, Frames frames, boolean upgrade, int epoch, @Nullable Subscriber publisher) {
        Subscriber subscriber = subscription.subscriber();
        if (subscription.noLocal() && subscriber == publisher) {
            subscriber.home().counters().add(Metric.DELIVERY_DROPPED_NO_LOCAL);
            return;
        }
        subscriber.home().counters().add(Metric.FATE_MATCHED);
        if (!subscriber.admits(subscription, epoch)) {
            dropWithheld(subscriber);
            return;
        }
        subscriber.deliver(
                frames,
                subscription.qos(frames.qos(), upgrade),
                subscription.retainAsPublished() && frames.retain(),
                subscription.idsOrNull(),
                null);
    }

    private static void dropWithheld(Subscriber subscriber) {
        subscriber.home().counters().add(Metric.FATE_DROPPED_NOT_AUTHORIZED);
        subscriber.home().counters().add(Metric.DELIVERY_DROPPED);
    }

    private int merge(
            int subscribers,
            Subscription subscription,
            Frames frames,
            boolean upgrade,
            int epoch,
            @Nullable Subscriber publisher) {
        Subscriber subscriber = subscription.subscriber();
        if (subscription.noLocal() && subscriber == publisher) {
            subscriber.home().counters().add(Metric.DELIVERY_DROPPED_NO_LOCAL);
            return subscribers;
        }
        if (!subscriber.admits(subscription, epoch)) {
            subscriber.home().counters().add(Metric.FATE_MATCHED);
            dropWithheld(subscriber);
            return subscribers;
        }
        boolean first = subscriber.merge(
                stamp,
                subscription.qos(frames.qos(), upgrade),
                subscription.retainAsPublished() && frames.retain(),
                subscription.ids());
        if (!first) {
            return subscribers;
        }
        if (subscribers == merged.length) {
            merged = Arrays.copyOf(merged, subscribers * 2);
        }
        merged[subscribers] = subscriber;
        return subscribers + 1;
    }
}
