// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import java.util.List;
import java.util.TreeMap;

/** The first few of many, in the order of their keys. What comes behind the last of them is not kept. */
final class FirstFew<T> {
    private final int limit;
    private final TreeMap<String, T> kept = new TreeMap<>();

    FirstFew(int limit) {
        this.limit = limit;
    }

    /** The first few of several. */
    static <T> List<T> of(List<FirstFew<T>> parts, int limit) {
        FirstFew<T> all = new FirstFew<>(limit);
        parts.forEach(part -> part.kept.forEach(all::add));
        return List.copyOf(all.kept.values());
    }

    /** Whether this key would be among them, as things are now. */
    boolean takes(String key) {
        return kept.size() < limit || limit > 0 && key.compareTo(kept.lastKey()) < 0;
    }

    /** Keeps a value if it is among the first. */
    void add(String key, T value) {
        if (takes(key)) {
            kept.put(key, value);
            if (kept.size() > limit) {
                kept.pollLastEntry();
            }
        }
    }
}
