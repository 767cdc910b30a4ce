// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.mqtt;

import java.nio.charset.StandardCharsets;

/**
 * The rules for topic names [MQTT-4.7].
 *
 * @since 1.0
 */
public final class Topics {
    private Topics() {}

    /**
     * Checks the name of a topic that a message is published to.
     *
     * @return the same name
     * @throws IllegalArgumentException with a sentence that names the topic, when it is empty, too long or has a
     *     wildcard [MQTT-3.3.2-2] or a null character [MQTT-4.7.3-2]
     */
    public static String checkName(String topic) {
        if (topic.isEmpty()) {
            throw new IllegalArgumentException("expected a topic name of at least one character");
        }
        for (int i = 0; i < topic.length(); i++) {
            char c = topic.charAt(i);
            if (c == '+' || c == '#' || c == '\0') {
                throw new IllegalArgumentException(
                        "expected a topic name without wildcards or null characters, got \"" + topic + "\"");
            }
        }
        if (topic.length() > 65_535 / 3 && topic.getBytes(StandardCharsets.UTF_8).length > 65_535) {
            throw new IllegalArgumentException("expected a topic name of at most 65,535 bytes");
        }
        return topic;
    }

    /** The number of levels of a topic name or filter: one more than there are slashes. */
    public static int levels(String topic) {
        int levels = 1;
        for (int i = 0; i < topic.length(); i++) {
            if (topic.charAt(i) == '/') {
                levels++;
            }
        }
        return levels;
    }

    static int levelEnd(String topic, int from) {
        int slash = topic.indexOf('/', from);
        return slash < 0 ? topic.length() : slash;
    }
}
