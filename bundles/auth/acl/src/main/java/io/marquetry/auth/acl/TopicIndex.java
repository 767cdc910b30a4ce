// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds, by the levels of a topic, the numbers of the rules that may speak about it: all that do, and perhaps some
 * more. A level with a placeholder is like {@code +}, for a placeholder is filled with a part of one level and never
 * more. Filled by one thread, then asked by many.
 */
final class TopicIndex {
    /** Where levels are no longer told apart, so that no file makes us go deeper than the stack. */
    private static final int DEEPEST = 16;

    private static final int[] NONE = {};

    private static final class Node {
        private final Map<String, Node> children = new HashMap<>();
        private @Nullable Node any;
        /** Rules whose topic ends here. */
        private final Numbers ending = new Numbers();
        /** Rules that speak about everything from here on. */
        private final Numbers rest = new Numbers();
    }

    /** A list of numbers. */
    private static final class Numbers {
        private int[] numbers = NONE;
        private int size;

        void add(int number) {
            if (size == numbers.length) {
                numbers = Arrays.copyOf(numbers, Math.max(4, 2 * size));
            }
            numbers[size++] = number;
        }

        void addAll(Numbers others) {
            if (size + others.size > numbers.length) {
                numbers = Arrays.copyOf(numbers, Math.max(16, 2 * (size + others.size)));
            }
            System.arraycopy(others.numbers, 0, numbers, size, others.size);
            size += others.size;
        }
    }

    private final Node root = new Node();

    /** A rule that speaks about every topic. */
    void addAny(int rule) {
        root.rest.add(rule);
    }

    /**
     * A rule.
     *
     * @param filter its topic filter, placeholders and all
     */
    void add(String filter, int rule) {
        Node node = root;
        int from = 0;
        for (int depth = 0; depth < DEEPEST; depth++) {
            int end = levelEnd(filter, from);
            String level = filter.substring(from, end);
            if (level.equals("#") || level.lastIndexOf("${") > level.lastIndexOf('}')) {
                break; // the latter: a slash in the name of a placeholder
            }
            if (level.equals("+") || level.contains("${") || level.contains("%")) {
                node.any = node.any == null ? new Node() : node.any;
                node = node.any;
            } else {
                node = node.children.computeIfAbsent(level, name -> new Node());
            }
            if (end == filter.length()) {
                node.ending.add(rule);
                return;
            }
            from = end + 1;
        }
        node.rest.add(rule);
    }

    /** The numbers of the rules that may speak about a topic or filter, in order; some more than once. */
    int[] find(String topic) {
        Numbers found = new Numbers();
        collect(root, topic, 0, found);
        int[] numbers = Arrays.copyOf(found.numbers, found.size);
        Arrays.sort(numbers);
        return numbers;
    }

    private static int levelEnd(String topic, int from) {
        int slash = topic.indexOf('/', from);
        return slash < 0 ? topic.length() : slash;
    }

    private static void collect(Node node, String topic, int from, Numbers found) {
        found.addAll(node.rest);
        if (from > topic.length()) {
            found.addAll(node.ending);
            return;
        }
        int end = levelEnd(topic, from);
        Node child = node.children.isEmpty() ? null : node.children.get(topic.substring(from, end));
        if (child != null) {
            collect(child, topic, end + 1, found);
        }
        if (node.any != null) {
            collect(node.any, topic, end + 1, found);
        }
    }
}
