// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import java.util.ArrayList;
import java.util.List;

/** When something held: stretches of steps, the last of which may be open. */
final class Window {
    static final long NEVER = Long.MAX_VALUE;

    private static final class Stretch {
        final long from;
        long to = NEVER;

        Stretch(long from) {
            this.from = from;
        }
    }

    private final List<Stretch> stretches = new ArrayList<>(2);

    void open(long now) {
        if (!isOpen()) {
            stretches.add(new Stretch(now));
        }
    }

    void close(long now) {
        if (isOpen()) {
            stretches.get(stretches.size() - 1).to = now;
        }
    }

    boolean isOpen() {
        return !stretches.isEmpty() && stretches.get(stretches.size() - 1).to == NEVER;
    }

    /** Whether it held from one moment to another, without a break. */
    boolean covers(long from, long to) {
        return stretches.stream().anyMatch(s -> s.from < from && to < s.to);
    }

    /** Whether it has held without a break since a moment, and holds now. */
    boolean holdsSince(long moment) {
        return isOpen() && stretches.get(stretches.size() - 1).from < moment;
    }

    /** Whether it held at any moment between two. */
    boolean touches(long from, long to) {
        return stretches.stream().anyMatch(s -> s.from < to && from < s.to);
    }
}
