// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.SharedStrategy;
import io.marquetry.core.internal.loop.Epoch;
import io.marquetry.core.internal.message.HasTopic;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The members of one {@code $share/group/filter}. Members are an array that is replaced when one comes or goes, so
 * every loop picks without a lock.
 */
final class SharedGroup {
    private static final Subscription[] NO_MEMBERS = {};
    /** Turns of two loops lie in different cache lines. */
    private static final int STRIDE = 16;

    /** What the settings say of this group. */
    private record Choice(MqttSettings settings, SharedStrategy strategy) {}

    private final String name;
    private final Epoch policy;
    private final int[] turns;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Subscription[] members = NO_MEMBERS;
    /** How many members' state survives; under the trie's lock. */
    private int durables;

    /** Looked up again when the settings are others; loops may do so at once, since a record is safe to share. */
    private @Nullable Choice choice;

    SharedGroup(String name, int loops, Epoch policy) {
        this.name = name;
        this.policy = policy;
        this.turns = new int[(loops - 1) * STRIDE + 1];
        for (int loop = 0; loop < loops; loop++) {
            turns[loop * STRIDE] = loop; // a first message on each loop is not for the same member
        }
    }

    String name() {
        return name;
    }

    boolean isEmpty() {
        return members.length == 0;
    }

    /** Whether a message that it gets may have to survive; under the trie's lock. */
    boolean isDurable() {
        return durables > 0;
    }

    /** Under the trie's lock. */
    void add(Subscription member) {
        member.weak = new WeakReference<>(member);
        Subscription[] before = members;
        Subscription[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = member;
        members = after;
        durables += member.subscriber().isDurable() ? 1 : 0;
    }

    /** Under the trie's lock. The last one takes its place, so that {@link #place} moves as few others as can be. */
    void remove(Subscription member) {
        Subscription[] before = members;
        int last = before.length - 1;
        for (int i = 0; i <= last; i++) {
            if (before[i] == member) {
                Subscription[] after = Arrays.copyOf(before, last);
                if (i < last) {
                    after[i] = before[last];
                }
                members = after;
                member.leftGroup = true;
                durables -= member.subscriber().isDurable() ? 1 : 0;
                return;
            }
        }
    }

    /**
     * Picks the member that gets the next message: one that is connected and takes it, else one that only takes it,
     * since its session may come back.
     *
     * @param loop the loop that asks, which is the publisher's if there is one
     * @param publisher the session the message comes from; null for wills, for what the broker publishes itself, and
     *     for what another member gave back: where the publisher would tell, the topic name does
     * @param except a member that must not be picked, or null
     * @return null when no member takes it
     */
    @Nullable
    Subscription pick(
            MqttSettings settings,
            int loop,
            HasTopic message,
            @Nullable Subscriber publisher,
            @Nullable Subscriber except) {
        Subscription[] all = members;
        if (all.length == 0) {
            return null;
        }
        SharedStrategy strategy = strategy(settings);
        return switch (strategy) {
            case STICKY -> pickSticky(all, settings, message, publisher, except);
            case ROUND_ROBIN -> {
                int at = find(all, Math.floorMod(turns[loop * STRIDE], all.length), false, except);
                turns[loop * STRIDE] = at + 1; // who was passed over had its turn
                yield at < 0 ? null : all[at];
            }
            case ROUND_ROBIN_PER_GROUP -> {
                int start = Math.floorMod(turn.getAndIncrement(), all.length);
                int at = find(all, start, false, except);
                if (at >= 0 && at != start) {
                    turn.addAndGet(Math.floorMod(at - start, all.length));
                }
                yield at < 0 ? null : all[at];
            }
            default -> pickBy(strategy, all, message, publisher, except);
        };
    }

    private SharedStrategy strategy(MqttSettings settings) {
        Choice known = choice;
        if (known == null || known.settings != settings) {
            known = new Choice(
                    settings,
                    settings.sharedSubscriptionGroups().getOrDefault(name, settings.sharedSubscriptionStrategy()));
            choice = known;
        }
        return known.strategy;
    }

    private @Nullable Subscription pickSticky(
            Subscription[] all,
            MqttSettings settings,
            HasTopic message,
            @Nullable Subscriber publisher,
            @Nullable Subscriber except) {
        if (publisher == null) {
            return pickBy(SharedStrategy.HASH_TOPIC, all, message, null, except);
        }
        Subscription kept = publisher.memberOf(this);
        if (kept != null && (kept.leftGroup || !takes(kept, except))) {
            kept = null;
        }
        if (kept != null && kept.subscriber().isOnline()) {
            return kept;
        }
        SharedStrategy first = settings.sharedSubscriptionInitialStickyPick().strategy();
        Subscription picked = pickBy(first, all, message, publisher, except);
        if (kept != null && (picked == null || !picked.subscriber().isOnline())) {
            return kept; // away, and so is everyone else
        }
        if (picked != null) {
            publisher.keep(this, picked);
        }
        return picked;
    }

    /** By a strategy that needs no memory. */
    private @Nullable Subscription pickBy(
            SharedStrategy strategy,
            Subscription[] all,
            HasTopic message,
            @Nullable Subscriber publisher,
            @Nullable Subscriber except) {
        int start = switch (strategy) {
            case HASH_TOPIC -> place(message.topicHash(), all.length);
            case HASH_CLIENTID ->
                place(
                        publisher == null
                                ? message.topicHash()
                                : publisher.clientId().hashCode(),
                        all.length);
            default -> ThreadLocalRandom.current().nextInt(all.length);
        };
        int at = find(all, start, strategy == SharedStrategy.LOCAL, except);
        return at < 0 ? null : all[at];
    }

    /**
     * The place of the first member from {@code start} on that is connected and takes a message; else of the first that
     * takes one; else -1.
     *
     * @param hereFirst whether members of this node come before members of other nodes
     */
    private int find(Subscription[] all, int start, boolean hereFirst, @Nullable Subscriber except) {
        int found = -1;
        int foundRank = -1;
        int at = start;
        for (int i = 0; i < all.length; i++) {
            if (takes(all[at], except)) {
                Subscriber subscriber = all[at].subscriber();
                int rank = (subscriber.isOnline() ? 2 : 0) + (!hereFirst || subscriber.isHere() ? 1 : 0);
                if (rank == 3) {
                    return at;
                }
                if (rank > foundRank) {
                    found = at;
                    foundRank = rank;
                }
            }
            if (++at == all.length) {
                at = 0;
            }
        }
        return found;
    }

    /** One that is withheld is tried once more under each policy: only then can it be told whether it still is. */
    private boolean takes(Subscription member, @Nullable Subscriber except) {
        Subscriber subscriber = member.subscriber();
        return subscriber != except
                && !subscriber.hasEnded()
                && !subscriber.isFull()
                && !(member.isWithheld() && member.isWithheldBy(policy.now()));
    }

    /**
     * The place that a hash stands for, by the jump consistent hash of Lamping and Veach: a member that comes takes its
     * share of every other one, and nothing moves between those.
     */
    static int place(int hash, int places) {
        long key = (hash ^ hash >>> 16) * 0x9E3779B97F4A7C15L; // hashes of similar names are similar
        long at = -1;
        long next = 0;
        while (next < places) {
            at = next;
            key = key * 2_862_933_555_777_941_757L + 1;
            next = (long) ((at + 1) * ((double) (1L << 31) / ((key >>> 33) + 1)));
        }
        return (int) at;
    }

    /** Whether some member takes a message. */
    boolean hasTaker() {
        for (Subscription member : members) {
            if (takes(member, null)) {
                return true;
            }
        }
        return false;
    }
}
