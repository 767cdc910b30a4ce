// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.core.internal.config.SharedStrategy;
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

    private final String name;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Subscription[] members = NO_MEMBERS;

    SharedGroup(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    boolean isEmpty() {
        return members.length == 0;
    }

    /** Under the trie's lock. */
    void add(Subscription member) {
        Subscription[] before = members;
        Subscription[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = member;
        members = after;
    }

    /** Under the trie's lock. */
    void remove(Subscription member) {
        members = Arrays.stream(members).filter(m -> m != member).toArray(Subscription[]::new);
    }

    /**
     * Picks the member that gets the next message: one that is connected and takes it, else one that only takes it,
     * since its session may come back.
     *
     * @param except a member that must not be picked, or null
     * @return null when no member takes it
     */
    @Nullable
    Subscription pick(SharedStrategy strategy, @Nullable Subscriber except) {
        Subscription[] all = members;
        if (all.length == 0) {
            return null;
        }
        int start = strategy == SharedStrategy.ROUND_ROBIN
                ? Math.floorMod(turn.getAndIncrement(), all.length)
                : ThreadLocalRandom.current().nextInt(all.length);
        Subscription offline = null;
        for (int i = 0; i < all.length; i++) {
            Subscription member = all[(start + i) % all.length];
            Subscriber subscriber = member.subscriber();
            if (subscriber == except || subscriber.hasEnded() || subscriber.isFull()) {
                continue;
            }
            if (subscriber.isOnline()) {
                return member;
            }
            if (offline == null) {
                offline = member;
            }
        }
        return offline;
    }

    /** Whether some member takes a message. */
    boolean hasTaker() {
        for (Subscription member : members) {
            if (!member.subscriber().hasEnded() && !member.subscriber().isFull()) {
                return true;
            }
        }
        return false;
    }
}
