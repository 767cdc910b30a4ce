// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A level of a topic tree: its name as bytes, and its children. Readers take no lock and see each child either before
 * or after a change; writers hold the lock of their tree.
 *
 * <p>No child costs nothing, one child lies inline, more of them in a {@link TopicTable}, very many in a
 * {@link TopicFan} of tables: however many there are, adding one moves few others.
 *
 * @param <N> the kind of node
 */
abstract class TopicNode<N extends TopicNode<N>> {
    private final byte[] name;
    private final int hash;
    /** Null, a node, a {@link TopicTable} or a {@link TopicFan}. */
    private volatile @Nullable Object children;

    TopicNode(byte[] name, int hash) {
        this.name = name;
        this.hash = hash;
    }

    /** The level's name. */
    final byte[] name() {
        return name;
    }

    /** As {@link TopicLevels#hash} says. */
    final int hash() {
        return hash;
    }

    final boolean hasName(byte[] bytes, int from, int to, int itsHash) {
        return hash == itsHash && Arrays.equals(name, 0, name.length, bytes, from, to);
    }

    /** The child of this name, or null. */
    @SuppressWarnings("unchecked")
    final @Nullable N child(byte[] bytes, int from, int to, int itsHash) {
        Object seen = children;
        while (seen instanceof TopicFan fan) {
            seen = fan.branch(itsHash);
        }
        if (seen instanceof TopicTable table) {
            return (N) table.find(bytes, from, to, itsHash);
        }
        N only = (N) seen;
        return only != null && only.hasName(bytes, from, to, itsHash) ? only : null;
    }

    /** Adds a child that is not there yet; the caller holds the tree's lock. */
    final void add(N child) {
        children = TopicFan.with(children, child, 0);
    }

    /** Removes a child; the caller holds the tree's lock. */
    final void remove(N child) {
        children = TopicFan.without(children, child);
    }

    /** Whether there are children. */
    final boolean hasChildren() {
        return children != null;
    }

    /**
     * Goes over the children of one node after the other, a slot at a time, for as long as the reader likes. Each child
     * that is there from {@link #begin} to the end is shown once, however the node grows or shrinks meanwhile, for what
     * is copied is left behind as it was; those added or removed meanwhile may or may not be shown.
     */
    static final class Walk<N extends TopicNode<N>> {
        private @Nullable Object seen;
        private int next;
        /** The walk over a branch of a fan; none at its end. */
        private @Nullable Walk<N> branch;

        void begin(N node) {
            TopicNode<N> parent = node; // a private field is not seen through the parameter's own type
            begin(parent.children);
        }

        private void begin(@Nullable Object all) {
            seen = all;
            next = 0;
            branch = null;
        }

        /** Whether every slot was looked at. */
        boolean isAtEnd() {
            return seen == null
                    || (seen instanceof TopicTable table && next == table.length())
                    || (seen instanceof TopicFan && branch == null && next == TopicFan.BRANCHES);
        }

        /** The child in the next slot, or null when it is empty. */
        @SuppressWarnings("unchecked")
        @Nullable
        N next() {
            if (seen instanceof TopicTable table) {
                return (N) table.slot(next++);
            }
            if (seen instanceof TopicFan fan) {
                return next(fan);
            }
            N only = (N) seen;
            seen = null;
            return only;
        }

        private @Nullable N next(TopicFan fan) {
            N child = null;
            Walk<N> its = branch;
            if (its == null) {
                its = new Walk<>();
                its.begin(fan.at(next++));
            } else {
                child = its.next();
            }
            branch = its.isAtEnd() ? null : its;
            return child;
        }

        /** Lets go of what it has seen. */
        void end() {
            begin((Object) null);
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
}
