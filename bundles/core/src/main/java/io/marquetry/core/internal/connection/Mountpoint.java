// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.mqtt.TopicFilter;
import java.nio.charset.StandardCharsets;

/** What stands in front of each topic of one client, as the broker knows it; the client itself never sees it. */
final class Mountpoint {
    /** The longest topic name or filter. */
    static final int MOST_BYTES = 65_535;

    /** Nothing: the client's topics are the broker's. */
    static final Mountpoint NONE = new Mountpoint("");

    private final String text;
    private final byte[] bytes;

    private Mountpoint(String text) {
        this.text = text;
        this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    static Mountpoint of(String text) {
        return text.isEmpty() ? NONE : new Mountpoint(text);
    }

    boolean isNone() {
        return this == NONE;
    }

    String text() {
        return text;
    }

    byte[] bytes() {
        return bytes;
    }

    /** The broker's name of a topic of the client. */
    String mount(String topic) {
        return text + topic;
    }

    /**
     * The broker's filter for one of the client: behind {@code $share/group/}, which names no topic.
     *
     * @throws IllegalArgumentException when it is too long then
     */
    TopicFilter mount(TopicFilter filter) {
        if (isNone()) {
            return filter;
        }
        String whole = filter.text();
        String group = whole.substring(0, whole.length() - filter.filter().length());
        return TopicFilter.parse(group + text + filter.filter());
    }
}
