// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.loop.Epoch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every subscription of the node by its filter's levels. Matching takes no lock and allocates nothing but its result,
 * and that only when it is to be kept; subscribing takes one lock for as long as it walks the filter's levels.
 *
 * <p>The version grows whenever the nodes that match some topic may have changed. More subscribers of a loop on a node
 * that this loop has subscribers on already change nothing that a match remembers, so a cached match stays good while a
 * hundred thousand clients subscribe to the same filter.
 */
final class SubscriptionTrie {
    private static final byte[] NO_NAME = {};

    private final int loops;
    private final Epoch policy;
    private final SubscriptionNode root = new SubscriptionNode(null, NO_NAME, 0);
    private final TopicLevels writerLevels = new TopicLevels();
    private volatile long version;
    private volatile int filters;

    /** @param policy as of {@link Router} */
    SubscriptionTrie(int loops, Epoch policy) {
        this.loops = loops;
        this.policy = policy;
    }

    long version() {
        return version;
    }

    /** How many different filters have subscribers. */
    int filters() {
        return filters;
    }

    /** Adds a subscription; on its subscriber's home loop. */
    synchronized void add(Subscription subscription) {
        SubscriptionNode node = nodeFor(subscription.filter().filter());
        if (node.users == 0) {
            filters++;
        }
        String shareName = subscription.filter().shareName();
        if (shareName == null) {
            if (node.add(subscription, loops)) {
                version++;
            }
            return;
        }
        node.users++;
        subscription.node = node;
        SharedGroup group = groupOf(node, shareName);
        if (group == null) {
            group = new SharedGroup(shareName, loops, policy);
            group.add(subscription);
            SharedGroup[] more = Arrays.copyOf(node.groups(), node.groups().length + 1);
            more[more.length - 1] = group;
            node.groups(more);
            version++;
        } else {
            group.add(subscription);
            node.lookAtGroups();
        }
        subscription.group = group;
    }

    /** Removes a subscription; on its subscriber's home loop. */
    synchronized void remove(Subscription subscription) {
        SubscriptionNode node = subscription.node;
        if (node == null) {
            return;
        }
        String shareName = subscription.filter().shareName();
        if (shareName == null) {
            if (node.remove(subscription, loops)) {
                version++;
            }
        } else {
            node.users--;
            subscription.node = null;
            SharedGroup group = groupOf(node, shareName);
            if (group != null) {
                group.remove(subscription);
                if (group.isEmpty()) {
                    node.groups(
                            Arrays.stream(node.groups()).filter(g -> g != group).toArray(SharedGroup[]::new));
                    version++;
                } else {
                    node.lookAtGroups();
                }
            }
        }
        if (node.users == 0) {
            filters--;
        }
        prune(node);
    }

    /** The group of a shared filter, or null when it has no members. */
    synchronized @Nullable SharedGroup group(TopicFilter filter) {
        TopicLevels levels = writerLevels.read(filter.filter().getBytes(StandardCharsets.UTF_8));
        @Nullable SubscriptionNode node = root;
        for (int i = 0; i < levels.count() && node != null; i++) {
            if (levels.is(i, '+')) {
                node = node.plus;
            } else if (levels.is(i, '#')) {
                node = node.number;
            } else {
                node = node.child(levels.bytes(), levels.from(i), levels.to(i), levels.hash(i));
            }
        }
        String shareName = filter.shareName();
        return node == null || shareName == null ? null : groupOf(node, shareName);
    }

    private static @Nullable SharedGroup groupOf(SubscriptionNode node, String shareName) {
        for (SharedGroup group : node.groups()) {
            if (group.name().equals(shareName)) {
                return group;
            }
        }
        return null;
    }

    private SubscriptionNode nodeFor(String filter) {
        TopicLevels levels = writerLevels.read(filter.getBytes(StandardCharsets.UTF_8));
        SubscriptionNode node = root;
        for (int i = 0; i < levels.count(); i++) {
            node = childFor(node, levels, i);
        }
        return node;
    }

    private static SubscriptionNode childFor(SubscriptionNode node, TopicLevels levels, int level) {
        SubscriptionNode child;
        if (levels.is(level, '+')) {
            child = node.plus;
            if (child == null) {
                child = new SubscriptionNode(node, levels.name(level), levels.hash(level));
                node.plus = child;
            }
        } else if (levels.is(level, '#')) {
            child = node.number;
            if (child == null) {
                child = new SubscriptionNode(node, levels.name(level), levels.hash(level));
                node.number = child;
            }
        } else {
            child = node.child(levels.bytes(), levels.from(level), levels.to(level), levels.hash(level));
            if (child == null) {
                child = new SubscriptionNode(node, levels.name(level), levels.hash(level));
                node.add(child);
            }
        }
        return child;
    }

    private static void prune(SubscriptionNode from) {
        SubscriptionNode node = from;
        SubscriptionNode parent = node.parent;
        while (parent != null && node.isEmpty()) {
            if (parent.plus == node) {
                parent.plus = null;
            } else if (parent.number == node) {
                parent.number = null;
            } else {
                parent.remove(node);
            }
            node = parent;
            parent = node.parent;
        }
    }

    /** Finds the nodes with subscribers that match a topic name; each loop has a finder of its own. */
    final class Finder {
        private final TopicLevels levels = new TopicLevels();
        private SubscriptionNode[] found = new SubscriptionNode[16];
        private int count;

        /** Looks a topic name up; the result is in {@link #nodes} and {@link #count} until the next call. */
        void find(byte[] topic, int length) {
            count = 0;
            levels.read(topic, length);
            if (levels.isReserved()) {
                // [MQTT-4.7.2-1]: only the child of that very name
                SubscriptionNode child = root.child(topic, levels.from(0), levels.to(0), levels.hash(0));
                if (child != null) {
                    walk(child, 1);
                }
            } else {
                walk(root, 0);
            }
        }

        /** As {@link #find}, with a result to keep. */
        Match match(byte[] topic, int length) {
            long before = version;
            find(topic, length);
            return new Match(count == 0 ? Match.NO_NODES : Arrays.copyOf(found, count), before);
        }

        SubscriptionNode[] nodes() {
            return found;
        }

        int count() {
            return count;
        }

        private void walk(SubscriptionNode node, int level) {
            SubscriptionNode number = node.number;
            if (number != null) {
                take(number); // "a/#" also matches "a"
            }
            if (level == levels.count()) {
                take(node);
                return;
            }
            SubscriptionNode plus = node.plus;
            if (plus != null) {
                walk(plus, level + 1);
            }
            SubscriptionNode child =
                    node.child(levels.bytes(), levels.from(level), levels.to(level), levels.hash(level));
            if (child != null) {
                walk(child, level + 1);
            }
        }

        private void take(SubscriptionNode node) {
            if (node.mask() == 0) {
                return;
            }
            if (count == found.length) {
                found = Arrays.copyOf(found, count * 2);
            }
            found[count++] = node;
        }
    }

    /** The filters that have subscribers, at most so many, level by level in order. */
    List<String> list(int limit) {
        List<String> result = new ArrayList<>();
        list(root, "", true, result, limit);
        return result;
    }

    private static void list(SubscriptionNode node, String prefix, boolean atRoot, List<String> result, int limit) {
        if (result.size() >= limit) {
            return;
        }
        if (node.mask() != 0) {
            result.add(prefix);
        }
        String start = atRoot ? "" : prefix + "/";
        SubscriptionNode plus = node.plus;
        if (plus != null) {
            list(plus, start + "+", false, result, limit);
        }
        SubscriptionNode number = node.number;
        if (number != null) {
            list(number, start + "#", false, result, limit);
        }
        TreeMap<String, SubscriptionNode> inOrder = new TreeMap<>();
        node.forEachChild(child -> inOrder.put(new String(child.name(), StandardCharsets.UTF_8), child));
        inOrder.forEach((name, child) -> list(child, start + name, false, result, limit));
    }
}
