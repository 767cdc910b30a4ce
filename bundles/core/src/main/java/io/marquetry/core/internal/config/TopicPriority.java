// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.config.Keys;
import java.util.LinkedHashMap;
import java.util.Map;

/** The priority in a session's queue of topics that {@code mqueuePriorities} does not name. */
public enum TopicPriority {
    /** Below every topic that is named. */
    LOWEST(0),
    /** Above every topic that is named. */
    HIGHEST(TopicPriority.MOST + 1);

    private static final int MOST = 255;

    private final int value;

    TopicPriority(int value) {
        this.value = value;
    }

    /** The priority as a number; the greater one is sent first. */
    public int value() {
        return value;
    }

    /** Reads {@code alarms/fire=10, alarms/smoke=9}; nothing of it counts when a part of it is wrong. */
    static Map<String, Integer> byTopic(Keys keys, String key) {
        String text = keys.string(key, "");
        Map<String, Integer> read = new LinkedHashMap<>();
        for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            int equals = pair.lastIndexOf('=');
            String topic = pair.substring(0, Math.max(0, equals)).trim();
            int priority = priority(pair.substring(equals + 1).trim());
            boolean isName = !topic.isEmpty() && topic.indexOf('+') < 0 && topic.indexOf('#') < 0;
            if (!isName || priority == 0 || read.put(topic, priority) != null) {
                keys.problem(
                        key,
                        text,
                        "TOPIC=PRIORITY, each topic once and without wildcards, a priority from 1 to " + MOST
                                + ", and a comma between two; \"" + pair.trim() + "\" is none");
                return Map.of();
            }
        }
        return Map.copyOf(read);
    }

    /** The number, or 0 when it is none that is allowed. */
    private static int priority(String text) {
        try {
            int value = Integer.parseInt(text);
            return value >= 1 && value <= MOST ? value : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
