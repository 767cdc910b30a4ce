// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.mqtt;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a client subscribes to: a topic filter and, for {@code $share/group/filter}, the group that shares it.
 * {@code $queue/filter} is the older form, without a name, of the group {@code $queue}.
 *
 * @param text the filter as the client sent it
 * @param shareName the group's name, or null for a subscription of the client's own
 * @param filter the filter without the {@code $share/group/} or {@code $queue/} prefix; {@code +} and {@code #} are the
 *     wildcards
 * @since 1.0
 */
public record TopicFilter(String text, @Nullable String shareName, String filter) {
    private static final String SHARE = "$share/";
    private static final String QUEUE = "$queue";

    /**
     * Reads a filter.
     *
     * @throws IllegalArgumentException with a sentence that names the filter, when it breaks [MQTT-4.7.1-1],
     *     [MQTT-4.7.1-2], [MQTT-4.7.3] or [MQTT-4.8.2-1]
     */
    public static TopicFilter parse(String text) {
        if (text.startsWith(QUEUE + "/")) {
            String filter = text.substring(QUEUE.length() + 1);
            check(filter, text);
            return new TopicFilter(text, QUEUE, filter);
        }
        if (!text.startsWith(SHARE)) {
            check(text, text);
            return new TopicFilter(text, null, text);
        }
        int end = text.indexOf('/', SHARE.length());
        String shareName = end < 0 ? "" : text.substring(SHARE.length(), end);
        // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
        if (shareName.isEmpty() || shareName.indexOf('+') >= 0 || shareName.indexOf('#') >= 0) {
            throw new IllegalArgumentException(
                    "expected $share/NAME/FILTER with a name that has no wildcard, got \"" + text + "\"");
        }
        String filter = text.substring(end + 1);
        check(filter, text);
        return new TopicFilter(text, shareName, filter);
    }

    /** Whether the filter has {@code +} or {@code #}. */
    public boolean hasWildcard() {
        return filter.indexOf('+') >= 0 || filter.indexOf('#') >= 0;
    }

    /** Whether members of a group share what this filter matches. */
    public boolean isShared() {
        return shareName != null;
    }

    /** The number of levels: one more than there are slashes. */
    public int levels() {
        return Topics.levels(filter);
    }

    /**
     * Whether a topic name matches. The first level of a name that starts with {@code $} is not matched by a wildcard
     * [MQTT-4.7.2-1].
     */
    public boolean matches(String topic) {
        if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) {
            return false;
        }
        int f = 0;
        int t = 0;
        while (true) {
            int filterEnd = Topics.levelEnd(filter, f);
            if (filterEnd == f + 1 && filter.charAt(f) == '#') {
                return true;
            }
            int topicEnd = Topics.levelEnd(topic, t);
            boolean plus = filterEnd == f + 1 && filter.charAt(f) == '+';
            if (!plus && !(filterEnd - f == topicEnd - t && filter.regionMatches(f, topic, t, topicEnd - t))) {
                return false;
            }
            boolean filterDone = filterEnd == filter.length();
            boolean topicDone = topicEnd == topic.length();
            if (filterDone && topicDone) {
                return true;
            }
            if (filterDone) {
                return false;
            }
            if (topicDone) {
                // "a/#" also matches "a" itself
                return filter.length() == filterEnd + 2 && filter.charAt(filterEnd + 1) == '#';
            }
            f = filterEnd + 1;
            t = topicEnd + 1;
        }
    }

    /**
     * Whether every topic that another filter matches is matched by this one. For the name of a topic, this is
     * {@link #matches}.
     *
     * @param other a filter without {@code $share/group/}, or a topic name
     */
    public boolean covers(String other) {
        if (other.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) {
            return false; // [MQTT-4.7.2-1]
        }
        int f = 0;
        int o = 0;
        while (true) {
            int filterEnd = Topics.levelEnd(filter, f);
            if (filterEnd == f + 1 && filter.charAt(f) == '#') {
                return true;
            }
            int otherEnd = Topics.levelEnd(other, o);
            boolean plus = filterEnd == f + 1 && filter.charAt(f) == '+';
            boolean wild = otherEnd == o + 1 && (other.charAt(o) == '#' || (other.charAt(o) == '+' && !plus));
            boolean same = filterEnd - f == otherEnd - o && filter.regionMatches(f, other, o, otherEnd - o);
            if (wild || !(plus || same)) {
                return false;
            }
            boolean otherDone = otherEnd == other.length();
            if (filterEnd == filter.length()) {
                return otherDone;
            }
            if (otherDone) {
                // "a/#" also covers "a" itself
                return filter.length() == filterEnd + 2 && filter.charAt(filterEnd + 1) == '#';
            }
            f = filterEnd + 1;
            o = otherEnd + 1;
        }
    }

    @Override
    public String toString() {
        return text;
    }

    private static void check(String filter, String text) {
        if (filter.isEmpty()) {
            throw new IllegalArgumentException(
                    "expected a topic filter of at least one character, got \"" + text + "\"");
        }
        if (filter.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("expected a topic filter without the null character");
        }
        if (filter.length() > 65_535 / 3 && filter.getBytes(StandardCharsets.UTF_8).length > 65_535) {
            throw new IllegalArgumentException("expected a topic filter of at most 65,535 bytes");
        }
        for (int i = 0; i < filter.length(); i++) {
            char c = filter.charAt(i);
            if (c != '+' && c != '#') {
                continue;
            }
            boolean startsLevel = i == 0 || filter.charAt(i - 1) == '/';
            boolean last = i + 1 == filter.length();
            boolean endsLevel = last || filter.charAt(i + 1) == '/';
            if (!startsLevel || !endsLevel || (c == '#' && !last)) {
                throw new IllegalArgumentException("expected " + c + " to fill a whole level"
                        + (c == '#' ? " and to be the last character" : "") + ", got \"" + text + "\"");
            }
        }
    }
}
