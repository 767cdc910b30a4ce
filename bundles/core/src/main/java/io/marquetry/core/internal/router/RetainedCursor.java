// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.core.internal.message.Publication;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages that a filter matches, found one by one, as the one who asks has time and room for them.
 * Complete and without repetition, whatever is retained or cleared meanwhile: a message is given when it was there from
 * the beginning and still is. Costs little before it is asked first. One thread at a time.
 */
public final class RetainedCursor {
    private final @Nullable RetainedNode root;
    private final String filter;
    private final long newest;
    private final LongSupplier clock;
    private @Nullable RetainedWalk walk;
    private @Nullable RetainedNode node;
    private RetainedNode.@Nullable Entry given;
    /** Whose message is to be given once more. */
    private @Nullable RetainedNode again;

    private @Nullable Publication only;
    private int work;

    /** @param newest the stamp of the newest message that is given */
    RetainedCursor(RetainedNode root, String filter, long newest, LongSupplier clock) {
        this.root = root;
        this.filter = filter;
        this.newest = newest;
        this.clock = clock;
    }

    private RetainedCursor(Publication only) {
        this.root = null;
        this.filter = "";
        this.newest = 0;
        this.clock = () -> 0;
        this.only = only;
    }

    /** One message, which is not in the tree. */
    public static RetainedCursor of(Publication publication) {
        return new RetainedCursor(publication);
    }

    /**
     * The next message.
     *
     * @param most how much work may be done for it: a node costs 8, an empty place between nodes 1
     * @return null when there is none left, as {@link #isEnded} tells, or none was found by that much work
     */
    public @Nullable Publication next(int most) {
        work = 0;
        if (root == null) {
            Publication found = only;
            only = null;
            return found;
        }
        if (walk == null) {
            walk = new RetainedWalk(root, filter, false);
            work = (int) walk.work();
        }
        long now = clock.getAsLong();
        Publication publication = give(again, now);
        again = null;
        while (publication == null && work < most && !walk.isEnded()) {
            long before = walk.work();
            RetainedNode found = walk.next(most - work);
            work += (int) (walk.work() - before);
            publication = give(found, now);
        }
        return publication;
    }

    private @Nullable Publication give(@Nullable RetainedNode found, long now) {
        RetainedNode.Entry entry = found == null ? null : found.entry;
        if (entry == null || entry.stamp() > newest || entry.publication().isExpired(now)) {
            return null;
        }
        node = found;
        given = entry;
        return entry.publication();
    }

    /** Whether there are no more. */
    public boolean isEnded() {
        return root == null ? only == null : walk != null && walk.isEnded() && again == null;
    }

    /** The stamp of the newest message that is given; 0 for one that is not in the tree. */
    public long newest() {
        return newest;
    }

    /** Begins again. */
    public void restart() {
        walk = null;
        node = null;
        given = null;
        again = null;
    }

    /**
     * Is not asked for a long time: until then no message is kept in memory for it.
     *
     * @param notTaken the message given last when it is to be given again, if it still is retained then; or null
     */
    public void rest(@Nullable Publication notTaken) {
        if (notTaken != null && root == null) {
            only = notTaken;
        } else if (notTaken != null) {
            again = node;
        }
        node = null;
        given = null;
    }

    /** What the last {@link #next} has cost. */
    public int work() {
        return work;
    }

    /** Whether the message given last is still the one that is retained; else the one in its place comes live. */
    public boolean isCurrent() {
        return node == null || node.entry == given;
    }
}
