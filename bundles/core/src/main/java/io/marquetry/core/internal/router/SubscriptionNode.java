// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One level of the subscription trie. It holds a set of subscribers for each loop, walked and changed by that loop
 * only, and a mask of the loops that have any. A node with a single subscriber keeps it inline.
 */
final class SubscriptionNode extends TopicNode<SubscriptionNode> {
    /** The bit of the mask that says that there are shared groups. */
    static final long GROUPS = 1L << 63;

    private static final SharedGroup[] NO_GROUPS = {};
    private static final AtomicIntegerFieldUpdater<SubscriptionNode> FULL =
            AtomicIntegerFieldUpdater.newUpdater(SubscriptionNode.class, "full");

    final @Nullable SubscriptionNode parent;

    @Nullable
    volatile SubscriptionNode plus;

    @Nullable
    volatile SubscriptionNode number;
    /** Null, a {@link Subscription}, or an array of {@link SubscriberSet}s by loop. */
    private volatile @Nullable Object subscribers;

    private volatile long mask;
    /** The loops that have subscribers here whose state survives; {@link #GROUPS} when a member of a group is one. */
    private volatile long durable;
    /** How many of those each loop has, or null when there are none; under the trie's lock. */
    private int @Nullable [] durables;

    private volatile SharedGroup[] groups = NO_GROUPS;
    /** How many subscribers refuse more; kept by their loops. */
    private volatile int full;
    /** Subscriptions here; under the trie's lock. */
    int users;

    SubscriptionNode(@Nullable SubscriptionNode parent, byte[] name, int hash) {
        super(name, hash);
        this.parent = parent;
    }

    /** The loops that have subscribers here, and {@link #GROUPS}. */
    long mask() {
        return mask;
    }

    /** The loops that have durable subscribers here, and {@link #GROUPS} when a group has one. */
    long durable() {
        return durable;
    }

    SharedGroup[] groups() {
        return groups;
    }

    boolean anyFull() {
        return full > 0;
    }

    void countFull(int change) {
        FULL.addAndGet(this, change);
    }

    boolean isEmpty() {
        return users == 0 && plus == null && number == null && !hasChildren();
    }

    /** The only subscription of this node, when it belongs to that loop; otherwise see {@link #set}. */
    @Nullable
    Subscription only(int loop) {
        return subscribers instanceof Subscription one
                        && one.subscriber().home().index() == loop
                ? one
                : null;
    }

    /** The subscriptions of one loop, or null when there are none or the one there is lies inline. */
    @Nullable
    SubscriberSet set(int loop) {
        return subscribers instanceof @Nullable SubscriberSet[] sets ? sets[loop] : null;
    }

    /**
     * Adds a subscription; under the trie's lock, on the subscriber's home loop.
     *
     * @return whether the mask changed
     */
    boolean add(Subscription subscription, int loops) {
        int loop = subscription.subscriber().home().index();
        users++;
        subscription.node = this;
        Object seen = subscribers;
        if (seen == null) {
            subscribers = subscription;
        } else {
            @Nullable SubscriberSet[] sets;
            if (seen instanceof Subscription one) {
                sets = new SubscriberSet[loops];
                SubscriberSet ones = new SubscriberSet();
                ones.add(one);
                sets[one.subscriber().home().index()] = ones;
            } else {
                sets = (@Nullable SubscriberSet[]) seen;
            }
            SubscriberSet set = sets[loop];
            if (set == null) {
                set = new SubscriberSet();
                sets[loop] = set;
            }
            set.add(subscription);
            subscribers = sets;
        }
        countDurable(subscription, loop, loops, 1);
        long before = mask;
        mask = before | 1L << loop;
        return mask != before;
    }

    /** One more subscriber of a loop, or one less; nothing is done or kept for those who are not durable. */
    private void countDurable(Subscription subscription, int loop, int loops, int change) {
        if (!subscription.subscriber().isDurable()) {
            return;
        }
        int[] counts = durables;
        if (counts == null) {
            counts = new int[loops];
            durables = counts;
        }
        counts[loop] += change;
        durable = counts[loop] > 0 ? durable | 1L << loop : durable & ~(1L << loop);
        if ((durable & ~GROUPS) == 0) {
            durables = null;
        }
    }

    /**
     * Removes a subscription; under the trie's lock, on the subscriber's home loop.
     *
     * @return whether the mask changed
     */
    boolean remove(Subscription subscription, int loops) {
        int loop = subscription.subscriber().home().index();
        users--;
        subscription.node = null;
        countDurable(subscription, loop, loops, -1);
        if (subscribers == subscription) {
            subscribers = null;
        } else if (subscribers instanceof @Nullable SubscriberSet[] sets) {
            SubscriberSet set = sets[loop];
            if (set == null) {
                throw new IllegalStateException("a subscription is not in the set of its loop");
            }
            set.remove(subscription);
            if (set.size() > 0) {
                return false;
            }
            sets[loop] = null;
        }
        long before = mask;
        mask = before & ~(1L << loop);
        if ((mask & ~GROUPS) == 0) {
            subscribers = null;
        }
        return mask != before;
    }

    /** Replaces the shared groups; under the trie's lock. */
    void groups(SharedGroup[] replacement) {
        groups = replacement;
        lookAtGroups();
        mask = replacement.length == 0 ? mask & ~GROUPS : mask | GROUPS;
    }

    /** A member of a shared group has come or gone; under the trie's lock. */
    void lookAtGroups() {
        boolean any = false;
        for (SharedGroup group : groups) {
            any |= group.isDurable();
        }
        durable = any ? durable | GROUPS : durable & ~GROUPS;
    }
}
