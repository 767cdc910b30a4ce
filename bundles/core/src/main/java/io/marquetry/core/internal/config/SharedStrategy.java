// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.config.Keys;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a shared group picks the member that gets a message. Whichever it is, a member that is connected comes before one
 * that is not, and one that takes no more is passed over.
 */
public enum SharedStrategy {
    /** Any member. */
    RANDOM,
    /** One after the other; each event loop counts for itself. */
    ROUND_ROBIN,
    /** One after the other, counted once for the whole group. */
    ROUND_ROBIN_PER_GROUP,
    /** A publisher keeps the member that it got first. */
    STICKY,
    /** Any member on this node; others only when there is none here. */
    LOCAL,
    /** The member that the topic name stands for. */
    HASH_TOPIC,
    /** The member that the publisher's client identifier stands for. */
    HASH_CLIENTID;

    /** How a publisher gets the first member that it then keeps. */
    public enum StickyPick {
        RANDOM(SharedStrategy.RANDOM),
        LOCAL(SharedStrategy.LOCAL),
        HASH_TOPIC(SharedStrategy.HASH_TOPIC),
        HASH_CLIENTID(SharedStrategy.HASH_CLIENTID);

        private final SharedStrategy strategy;

        StickyPick(SharedStrategy strategy) {
            this.strategy = strategy;
        }

        /** The strategy that picks it. */
        public SharedStrategy strategy() {
            return strategy;
        }
    }

    /** Reads {@code groupA:sticky, groupB:hash_topic}; nothing of it counts when a part of it is wrong. */
    static Map<String, SharedStrategy> byGroup(Keys keys, String key) {
        String text = keys.string(key, "");
        Map<String, SharedStrategy> read = new LinkedHashMap<>();
        for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            int colon = pair.lastIndexOf(':');
            String group = pair.substring(0, Math.max(0, colon)).trim();
            SharedStrategy strategy = named(pair.substring(colon + 1));
            if (group.isEmpty() || strategy == null || read.put(group, strategy) != null) {
                keys.problem(
                        key,
                        text,
                        "GROUP:STRATEGY, each group once, a comma between two, and a strategy of " + words() + "; \""
                                + pair.trim() + "\" is none");
                return Map.of();
            }
        }
        return Map.copyOf(read);
    }

    private static @Nullable SharedStrategy named(String word) {
        String plain = word.trim().replace("_", "");
        return Arrays.stream(values())
                .filter(strategy -> strategy.name().replace("_", "").equalsIgnoreCase(plain))
                .findAny()
                .orElse(null);
    }

    private static String words() {
        return Arrays.stream(values())
                .map(strategy -> strategy.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
