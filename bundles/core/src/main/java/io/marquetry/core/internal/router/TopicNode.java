// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A level of a topic tree: its name as bytes, and its children. Readers take no lock and see each child either before
 * or after a change; writers hold the lock of their tree.
 *
 * <p>No child costs nothing, one child lies inline, more of them in an open-addressed table that only grows. A removed
 * child leaves a tombstone, so that a reader's probe never ends early; the next growth clears tombstones away.
 *
 * @param <N> the kind of node
 */
abstract class TopicNode<N extends TopicNode<N>> {
    /** Stands where a child was removed. */
    private static final Object TOMBSTONE = new Object();

    private static final int FIRST_TABLE = 8;

    private static final class Table {
        final AtomicReferenceArray<@Nullable Object> slots;
        /** Children and tombstones. */
        int used;

        int children;

        Table(int capacity) {
            slots = new AtomicReferenceArray<>(capacity);
        }
    }

    private final byte[] name;
    private final int hash;
    /** Null, a node, or a {@link Table}. */
    private volatile @Nullable Object children;

    TopicNode(byte[] name, int hash) {
        this.name = name;
        this.hash = hash;
    }

    /** The level's name. */
    final byte[] name() {
        return name;
    }

    /** The hash of a level's name; {@link TopicLevels} computes the same. */
    static int hash(byte[] bytes, int from, int to) {
        int h = 1;
        for (int i = from; i < to; i++) {
            h = 31 * h + bytes[i];
        }
        return h;
    }

    final boolean hasName(byte[] bytes, int from, int to, int itsHash) {
        return hash == itsHash && Arrays.equals(name, 0, name.length, bytes, from, to);
    }

    /** The child of this name, or null. */
    @SuppressWarnings("unchecked")
    final @Nullable N child(byte[] bytes, int from, int to, int itsHash) {
        Object seen = children;
        if (seen == null) {
            return null;
        }
        if (!(seen instanceof Table table)) {
            N only = (N) seen;
            return only.hasName(bytes, from, to, itsHash) ? only : null;
        }
        int mask = table.slots.length() - 1;
        for (int i = spread(itsHash) & mask; ; i = (i + 1) & mask) {
            Object slot = table.slots.get(i);
            if (slot == null) {
                return null;
            }
            if (slot != TOMBSTONE && ((N) slot).hasName(bytes, from, to, itsHash)) {
                return (N) slot;
            }
        }
    }

    /** Adds a child that is not there yet; the caller holds the tree's lock. */
    final void add(N child) {
        Object seen = children;
        if (seen == null) {
            children = child;
            return;
        }
        Table table;
        if (seen instanceof Table existing) {
            table = existing;
            if ((table.used + 1) * 2 > table.slots.length()) {
                table = copy(table, table.children + 1);
            }
        } else {
            table = new Table(FIRST_TABLE);
            put(table, seen);
        }
        put(table, child);
        children = table;
    }

    /** Removes a child; the caller holds the tree's lock. */
    final void remove(N child) {
        Object seen = children;
        if (seen == child) {
            children = null;
            return;
        }
        if (!(seen instanceof Table table)) {
            return;
        }
        int mask = table.slots.length() - 1;
        for (int i = spread(child.hash()) & mask; table.slots.get(i) != null; i = (i + 1) & mask) {
            if (table.slots.get(i) == child) {
                table.slots.set(i, TOMBSTONE);
                table.children--;
                if (table.children == 0) {
                    children = null;
                } else if (table.slots.length() > 64 && table.children * 16 < table.slots.length()) {
                    children = copy(table, table.children);
                }
                return;
            }
        }
    }

    /** Whether there are children. */
    final boolean hasChildren() {
        return children != null;
    }

    /**
     * Goes over the children of one node after the other, a slot at a time, for as long as the reader likes. Each child
     * that is there from {@link #begin} to the end is shown once, however the node grows or shrinks meanwhile, for a
     * table is left behind when it is copied; those added or removed meanwhile may or may not be shown.
     */
    static final class Walk<N extends TopicNode<N>> {
        private @Nullable Object seen;
        private int next;

        void begin(N node) {
            TopicNode<N> parent = node; // a private field is not seen through the parameter's own type
            seen = parent.children;
            next = 0;
        }

        /** Whether every slot was looked at. */
        boolean isAtEnd() {
            return seen == null || (seen instanceof Table table && next == table.slots.length());
        }

        /** The child in the next slot, or null when it is empty. */
        @SuppressWarnings("unchecked")
        @Nullable
        N next() {
            if (seen instanceof Table table) {
                Object slot = table.slots.get(next++);
                return slot == TOMBSTONE ? null : (N) slot;
            }
            N only = (N) seen;
            seen = null;
            return only;
        }

        /** Lets go of what it has seen. */
        void end() {
            seen = null;
        }
    }

    /** Shows every child; those added or removed meanwhile may or may not be among them. */
    @SuppressWarnings("unchecked")
    final void forEachChild(Consumer<N> action) {
        Walk<N> walk = new Walk<>();
        walk.begin((N) this);
        while (!walk.isAtEnd()) {
            N child = walk.next();
            if (child != null) {
                action.accept(child);
            }
        }
    }

    final int hash() {
        return hash;
    }

    private static int spread(int hash) {
        return hash ^ (hash >>> 15);
    }

    private Table copy(Table from, int children) {
        Table to = new Table(Math.max(FIRST_TABLE, Integer.highestOneBit(children * 2 - 1) * 2));
        for (int i = 0; i < from.slots.length(); i++) {
            Object slot = from.slots.get(i);
            if (slot != null && slot != TOMBSTONE) {
                put(to, slot);
            }
        }
        return to;
    }

    @SuppressWarnings("unchecked")
    private void put(Table table, Object child) {
        int mask = table.slots.length() - 1;
        int i = spread(((N) child).hash()) & mask;
        while (table.slots.get(i) != null) {
            i = (i + 1) & mask;
        }
        table.slots.set(i, child);
        table.used++;
        table.children++;
    }
}
