// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Epoch;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.store.Part;
import io.marquetry.core.internal.store.Receipt;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings each message to the sessions that subscribe to its topic. What lives on the publisher's loop is delivered at
 * once; every other loop with a match gets one {@link Envelope} in its mailbox.
 */
public final class Router {
    /** What one loop needs to route: used by that loop only. */
    private static final class Desk {
        final SubscriptionTrie.Finder finder;
        final Fanout fanout;
        final Frames frames = new Frames();

        @Nullable
        Home crowded;

        Desk(SubscriptionTrie.Finder finder, Fanout fanout) {
            this.finder = finder;
            this.fanout = fanout;
        }
    }

    /** A message on its way to another loop, with the nodes that matched. */
    private final class Envelope implements Runnable {
        private final Home target;
        private final Publication publication;
        private final SubscriptionNode[] nodes;
        private final @Nullable Subscriber publisher;
        private final @Nullable Receipt receipt;

        Envelope(
                Home target,
                Publication publication,
                SubscriptionNode[] nodes,
                @Nullable Subscriber publisher,
                @Nullable Receipt receipt) {
            this.target = target;
            this.publication = publication;
            this.nodes = nodes;
            this.publisher = publisher;
            this.receipt = receipt;
        }

        @Override
        public void run() {
            target.mailbox().charge(-publication.charge());
            Desk desk = desks[target.index()];
            Frames frames = desk.frames;
            frames.begin(publication, publication.expires() ? target.now() : 0);
            Part part = receipt == null ? null : receipt.begin(target);
            frames.part(part);
            try {
                desk.fanout.deliver(frames, nodes, nodes.length, publisher, policy.now(), settings.upgradeQos());
            } finally {
                frames.end();
                if (receipt != null) {
                    receipt.delivered(target, part);
                }
            }
        }
    }

    private final Home[] homes;
    private final Desk[] desks;
    private final SubscriptionTrie trie;
    private final Sharing sharing = new Sharing(this);
    private final Epoch policy;
    private volatile MqttSettings settings;

    /** A router for sessions on these homes, whose subscribers never lose a right. */
    public Router(List<Home> homes, MqttSettings settings) {
        this(homes, settings, new Epoch());
    }

    /**
     * A router for sessions on these homes.
     *
     * @param policy moves on when clients may have lost the right to what they subscribe to
     */
    public Router(List<Home> homes, MqttSettings settings, Epoch policy) {
        this.policy = policy;
        this.homes = homes.toArray(Home[]::new);
        this.settings = settings;
        this.trie = new SubscriptionTrie(this.homes.length, policy);
        this.desks = new Desk[this.homes.length];
        Arrays.setAll(desks, i -> new Desk(trie.new Finder(), new Fanout(this.homes[i])));
    }

    /** Takes other settings, for what is routed from now on. */
    public void settings(MqttSettings changed) {
        settings = changed;
    }

    MqttSettings settings() {
        return settings;
    }

    /** Moves on when clients may have lost the right to what they subscribe to. */
    public Epoch policy() {
        return policy;
    }

    /** Gives buffers back; no loop routes any more. */
    public void close() {
        for (Desk desk : desks) {
            desk.frames.close();
        }
    }

    /** Adds a subscription; on its subscriber's loop. */
    public void subscribe(Subscription subscription) {
        trie.add(subscription);
        if (subscription.subscriber().isFull()) {
            markFull(subscription, true);
        }
        Home home = subscription.subscriber().home();
        home.counters().add(Metric.SUBSCRIPTIONS_COUNT);
        if (subscription.filter().isShared()) {
            home.counters().add(Metric.SUBSCRIPTIONS_SHARED_COUNT);
        }
    }

    /** Removes a subscription; on its subscriber's loop. */
    public void unsubscribe(Subscription subscription) {
        if (subscription.node == null) {
            return;
        }
        if (subscription.subscriber().isFull()) {
            markFull(subscription, false);
        }
        trie.remove(subscription);
        subscription.grant();
        Home home = subscription.subscriber().home();
        home.counters().add(Metric.SUBSCRIPTIONS_COUNT, -1);
        if (subscription.filter().isShared()) {
            home.counters().add(Metric.SUBSCRIPTIONS_SHARED_COUNT, -1);
        }
    }

    /** Tells publishers that a subscriber which refuses became full, or is no longer. */
    public void markFull(Subscription subscription, boolean full) {
        if (subscription.node != null && !subscription.filter().isShared()) {
            subscription.node.countFull(full ? 1 : -1);
        }
    }

    /** How many different filters have subscribers. */
    public int filters() {
        return trie.filters();
    }

    /** The filters that have subscribers, at most so many. */
    public List<String> filters(int limit) {
        return trie.list(limit);
    }

    /** The nodes that match a topic name, to be kept while {@link #isCurrent}. */
    public Match match(Home home, byte[] topic, int length) {
        return desks[home.index()].finder.match(topic, length);
    }

    /** Whether a match is still right. */
    public boolean isCurrent(Match match) {
        return match.version == trie.version();
    }

    /**
     * Whether some session that matches refuses more; asked before a QoS 1 or 2 message is handed to anyone, so that
     * either all get it or none.
     */
    public boolean isRefused(Match match) {
        for (SubscriptionNode node : match.nodes) {
            if (node.anyFull()) {
                return true;
            }
            for (SharedGroup group : node.groups()) {
                if (!group.isEmpty() && !group.hasTaker()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether a message with this match is for someone whose state survives, so that it has to as well. */
    public boolean isDurable(Match match) {
        for (SubscriptionNode node : match.nodes) {
            if (node.durable() != 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether it may be for such a one of another loop. */
    public boolean isDurableElsewhere(Home home, Match match) {
        long own = 1L << home.index();
        for (SubscriptionNode node : match.nodes) {
            if ((node.durable() & ~own) != 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Routes a message by a match that was kept.
     *
     * @param publisher the session it comes from, or null
     * @return whether anyone subscribes to it
     */
    public boolean route(Home home, Frames frames, Match match, @Nullable Subscriber publisher) {
        return route(home, frames, match.nodes, match.nodes.length, publisher, null);
    }

    /**
     * As {@link #route(Home, Frames, Match, Subscriber)}, for a message whose acknowledgement waits.
     *
     * @param receipt is told of every loop that keeps the message
     */
    public boolean route(Home home, Frames frames, Match match, @Nullable Subscriber publisher, Receipt receipt) {
        Part own = receipt.begin(home);
        if (own != null) {
            receipt.expect();
            frames.part(own);
        }
        try {
            return route(home, frames, match.nodes, match.nodes.length, publisher, receipt);
        } finally {
            if (own != null) {
                frames.part(null);
                receipt.delivered(home, own);
            }
            receipt.routed();
        }
    }

    /** As {@link #route(Home, Frames, Match, Subscriber)}, for a topic whose match is not kept. */
    public boolean route(Home home, Frames frames, byte[] topic, int length, @Nullable Subscriber publisher) {
        SubscriptionTrie.Finder finder = desks[home.index()].finder;
        finder.find(topic, length);
        return route(home, frames, finder.nodes(), finder.count(), publisher, null);
    }

    /** The frames of messages that the broker routes by itself on this loop, such as wills; not to be nested. */
    public Frames frames(Home home) {
        return desks[home.index()].frames;
    }

    /** A loop whose mailbox was found crowded since the last call, so that the publisher pauses; else null. */
    public @Nullable Home takeCrowded(Home home) {
        Desk desk = desks[home.index()];
        Home crowded = desk.crowded;
        desk.crowded = null;
        return crowded;
    }

    private boolean route(
            Home home,
            Frames frames,
            SubscriptionNode[] nodes,
            int count,
            @Nullable Subscriber publisher,
            @Nullable Receipt receipt) {
        long mask = 0;
        for (int i = 0; i < count; i++) {
            mask |= nodes[i].mask();
        }
        if (mask == 0) {
            return false;
        }
        if ((mask & SubscriptionNode.GROUPS) != 0) {
            sharing.route(home, frames, nodes, count, publisher, settings, receipt);
        }
        long own = 1L << home.index();
        long others = mask & ~(own | SubscriptionNode.GROUPS);
        if (others != 0) {
            post(
                    home,
                    others,
                    frames.publication(),
                    // The finder writes its array anew for the next topic, before the other loop has read it.
                    nodes == desks[home.index()].finder.nodes() ? Arrays.copyOf(nodes, count) : nodes,
                    publisher,
                    receipt);
        }
        if ((mask & own) != 0) {
            desks[home.index()].fanout.deliver(frames, nodes, count, publisher, policy.now(), settings.upgradeQos());
        }
        return true;
    }

    private void post(
            Home home,
            long others,
            Publication publication,
            SubscriptionNode[] nodes,
            @Nullable Subscriber publisher,
            @Nullable Receipt receipt) {
        long durable = 0;
        for (int i = 0; receipt != null && i < nodes.length; i++) {
            durable |= nodes[i].durable();
        }
        for (long rest = others; rest != 0; rest &= rest - 1) {
            Home target = homes[Long.numberOfTrailingZeros(rest)];
            Receipt awaited = (durable & rest & -rest) == 0 ? null : receipt;
            if (awaited != null) {
                awaited.expect();
            }
            target.mailbox().charge(publication.charge());
            target.mailbox().post(new Envelope(target, publication, nodes, publisher, awaited));
            noteIfCrowded(home, target);
        }
    }

    void noteIfCrowded(Home home, Home target) {
        if (target.mailbox().isCrowded()) {
            desks[home.index()].crowded = target;
        }
    }

    /**
     * Gives a message that one member of a shared group could not take to another [MQTT-4.8.2].
     *
     * @param from the subscription whose session has ended
     * @param receipt is told where it goes, and of nothing else; or null
     * @return whether there was another
     */
    public boolean redispatch(Publication publication, Subscription from, @Nullable Receipt receipt) {
        return sharing.redispatch(publication, from, receipt);
    }

    @Nullable
    SharedGroup group(TopicFilter filter) {
        return trie.group(filter);
    }
}
