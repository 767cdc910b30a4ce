// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Children of a {@link TopicNode} by the hashes of their names, open-addressed. A removed child leaves a tombstone, so
 * that a reader's probe never ends early; a copy leaves tombstones behind. One writer at a time, readers at any time.
 */
final class TopicTable {
    /** Stands where a child was removed. */
    private static final Object TOMBSTONE = new Object();

    private static final int FIRST = 8;
    /** A table of up to so many slots is never too large. */
    private static final int SMALL = 64;

    private final AtomicReferenceArray<@Nullable Object> slots;
    /** Children and tombstones. */
    private int used;

    private int children;

    private TopicTable(int capacity) {
        slots = new AtomicReferenceArray<>(capacity);
    }

    /** An empty table in which so many children have room. */
    static TopicTable of(int children) {
        return new TopicTable(Math.max(FIRST, Integer.highestOneBit(children * 2 - 1) * 2));
    }

    int children() {
        return children;
    }

    /** Whether one more needs another table. */
    boolean isCrowded() {
        return (used + 1) * 2 > slots.length();
    }

    /** Whether a copy would be much smaller. */
    boolean isSparse() {
        return slots.length() > SMALL && children * 16 < slots.length();
    }

    /** A table without tombstones, with room for one more. */
    TopicTable copy() {
        TopicTable to = of(children + 1);
        forEach(to::put);
        return to;
    }

    int length() {
        return slots.length();
    }

    /** The child in a slot, or null when there is none. */
    @Nullable
    TopicNode<?> slot(int i) {
        Object slot = slots.get(i);
        return slot == TOMBSTONE ? null : (TopicNode<?>) slot;
    }

    @Nullable
    TopicNode<?> find(byte[] bytes, int from, int to, int hash) {
        int mask = slots.length() - 1;
        for (int i = hash & mask; ; i = (i + 1) & mask) {
            Object slot = slots.get(i);
            if (slot == null) {
                return null;
            }
            if (slot != TOMBSTONE && ((TopicNode<?>) slot).hasName(bytes, from, to, hash)) {
                return (TopicNode<?>) slot;
            }
        }
    }

    /** Adds one that is not there; never to a crowded table. */
    void put(TopicNode<?> child) {
        int mask = slots.length() - 1;
        int i = child.hash() & mask;
        while (slots.get(i) != null) {
            i = (i + 1) & mask;
        }
        slots.set(i, child);
        used++;
        children++;
    }

    /** Removes one if it is there. */
    void remove(TopicNode<?> child) {
        int mask = slots.length() - 1;
        for (int i = child.hash() & mask; slots.get(i) != null; i = (i + 1) & mask) {
            if (slots.get(i) == child) {
                slots.set(i, TOMBSTONE);
                children--;
                return;
            }
        }
    }

    void forEach(Consumer<TopicNode<?>> action) {
        for (int i = 0; i < slots.length(); i++) {
            TopicNode<?> child = slot(i);
            if (child != null) {
                action.accept(child);
            }
        }
    }
}
