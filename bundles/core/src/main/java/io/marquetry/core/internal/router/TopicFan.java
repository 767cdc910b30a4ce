// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Children of a {@link TopicNode} that are too many for one table: a million of them would be copied at once when it
 * grows, while their loop stands still. A fan has branches by the upper bits of the hash, each of which is nothing, a
 * child, a table, or a fan by the next bits. One writer at a time, readers at any time.
 */
final class TopicFan {
    /** A table of more children becomes a fan. */
    static final int MOST_IN_TABLE = 2048;
    /** A fan of fewer children becomes a table. */
    private static final int FEWEST = MOST_IN_TABLE / 8;

    private static final int BITS = 6;
    static final int BRANCHES = 1 << BITS;
    /** Behind so many fans the hash has no bits left that a table does not use. */
    private static final int DEEPEST = 3;

    private final AtomicReferenceArray<@Nullable Object> branches = new AtomicReferenceArray<>(BRANCHES);
    private final int depth;
    private int children;

    private TopicFan(int depth) {
        this.depth = depth;
    }

    /** The branch in which a child with this hash is. */
    @Nullable
    Object branch(int hash) {
        return branches.get(index(hash));
    }

    @Nullable
    Object at(int i) {
        return branches.get(i);
    }

    private int index(int hash) {
        return hash >>> Integer.SIZE - BITS * (depth + 1) & BRANCHES - 1;
    }

    /**
     * Adds a child.
     *
     * @param to where: null, a child, a table or a fan
     * @param depth how many fans there are above it
     * @return what is there from now on
     */
    static Object with(@Nullable Object to, TopicNode<?> child, int depth) {
        if (to == null) {
            return child;
        }
        if (to instanceof TopicFan fan) {
            fan.add(child);
            return fan;
        }
        if (to instanceof TopicTable full && full.children() >= MOST_IN_TABLE && depth < DEEPEST) {
            TopicFan fan = new TopicFan(depth);
            full.forEach(fan::add);
            fan.add(child);
            return fan;
        }
        TopicTable table;
        if (to instanceof TopicTable existing) {
            table = existing.isCrowded() ? existing.copy() : existing;
        } else {
            table = TopicTable.of(2);
            table.put((TopicNode<?>) to);
        }
        table.put(child);
        return table;
    }

    private void add(TopicNode<?> child) {
        int i = index(child.hash());
        branches.set(i, with(branches.get(i), child, depth + 1));
        children++;
    }

    /**
     * Removes a child that is there.
     *
     * @param from as of {@link #with}
     * @return what is there from now on, or null for nothing
     */
    static @Nullable Object without(@Nullable Object from, TopicNode<?> child) {
        if (from instanceof TopicFan fan) {
            return fan.remove(child);
        }
        if (from instanceof TopicTable table) {
            table.remove(child);
            if (table.children() == 0) {
                return null;
            }
            return table.isSparse() ? table.copy() : table;
        }
        return from == child ? null : from;
    }

    private Object remove(TopicNode<?> child) {
        int i = index(child.hash());
        branches.set(i, without(branches.get(i), child));
        children--;
        if (children >= FEWEST) {
            return this;
        }
        TopicTable few = TopicTable.of(children + 1);
        forEach(few::put);
        return few;
    }

    private void forEach(Consumer<TopicNode<?>> action) {
        for (int i = 0; i < BRANCHES; i++) {
            Object branch = branches.get(i);
            if (branch instanceof TopicFan fan) {
                fan.forEach(action);
            } else if (branch instanceof TopicTable table) {
                table.forEach(action);
            } else if (branch != null) {
                action.accept((TopicNode<?>) branch);
            }
        }
    }
}
