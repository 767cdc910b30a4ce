// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the nodes of the retained tree that a filter matches, in steps of bounded work, with a stack of its own:
 * the tree may be as deep as a topic name is long. Every node that is there all the time is shown once.
 */
final class RetainedWalk {
    /** What it costs to look at a node, which lies anywhere in memory. */
    static final int NODE = 8;
    /** What it costs to look at a slot without one; they lie side by side. */
    static final int SLOT = 1;

    private static final int NO_LEVEL = Integer.MAX_VALUE;

    private final TopicLevels filter;
    private final boolean reserved;
    /** The level of {@code #}. */
    private final int number;

    private TopicNode.Walk<RetainedNode>[] walks = newWalks(2);
    /** Which level of the filter the children of each walk are held against. */
    private int[] levels = new int[2];

    private int depth;
    private long work;
    private @Nullable RetainedNode match;

    /**
     * Begins with a tree.
     *
     * @param reserved whether a wildcard in front matches {@code $} too
     */
    RetainedWalk(RetainedNode root, String filter, boolean reserved) {
        this.filter = new TopicLevels().read(filter.getBytes(StandardCharsets.UTF_8));
        this.reserved = reserved;
        int last = this.filter.count() - 1;
        this.number = this.filter.is(last, '#') ? last : NO_LEVEL;
        enter(root, 0);
    }

    /** The next node that matches and holds something; null when that much work finds none, or there is none left. */
    @Nullable
    RetainedNode next(int most) {
        long until = work + most;
        while (match == null && depth > 0 && work < until) {
            TopicNode.Walk<RetainedNode> walk = walks[depth - 1];
            if (walk.isAtEnd()) {
                walk.end();
                depth--;
                continue;
            }
            RetainedNode child = walk.next();
            if (child == null) {
                work += SLOT;
                continue;
            }
            work += NODE;
            int level = levels[depth - 1];
            if (level > 0 || reserved || !child.isReserved()) {
                enter(child, level + 1);
            }
        }
        RetainedNode found = match;
        match = null;
        return found;
    }

    /** Whether there is nothing left. */
    boolean isEnded() {
        return depth == 0 && match == null;
    }

    /** The work done so far. */
    long work() {
        return work;
    }

    /** A node that matches the levels of the filter up to one. */
    private void enter(RetainedNode entered, int upTo) {
        RetainedNode node = entered;
        int level = upTo;
        while (level < number && level < filter.count() && !filter.is(level, '+')) {
            RetainedNode child = node.child(filter.bytes(), filter.from(level), filter.to(level), filter.hash(level));
            work += NODE;
            if (child == null) {
                return;
            }
            node = child;
            level++;
        }
        boolean below = level >= number;
        if ((below || level == filter.count()) && node.entry != null) {
            match = node;
        }
        if ((below || level < filter.count()) && node.hasChildren()) {
            push(node, level);
        }
    }

    private void push(RetainedNode node, int level) {
        if (depth == walks.length) {
            walks = Arrays.copyOf(walks, depth * 2);
            levels = Arrays.copyOf(levels, depth * 2);
        }
        if (walks[depth] == null) {
            walks[depth] = new TopicNode.Walk<>();
        }
        walks[depth].begin(node);
        levels[depth] = level;
        depth++;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static TopicNode.Walk<RetainedNode>[] newWalks(int length) {
        return new TopicNode.Walk[length];
    }
}
