// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is said of connections that are not let in: of each kind a line every few seconds, with the number of those that
 * were held back, so that nobody fills the disk. Callable from any thread.
 */
final class Complaints {
    private static final Logger LOG = LoggerFactory.getLogger(Complaints.class);
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private record Last(long at, long held, boolean said) {}

    private final String listener;
    private final Map<String, Last> byKind = new ConcurrentHashMap<>();

    Complaints(String listener) {
        this.listener = listener;
    }

    /**
     * Says it, or counts it.
     *
     * @param kind what lines are held back for
     * @param sentence what came, what was expected and what happens
     */
    void say(String kind, Object peer, String sentence) {
        long now = System.nanoTime();
        long[] held = new long[1];
        Last last = byKind.compute(kind, (key, before) -> {
            if (before != null && now - before.at < INTERVAL_NANOS) {
                return new Last(before.at, before.held + 1, false);
            }
            held[0] = before == null ? 0 : before.held;
            return new Last(now, 0, true);
        });
        if (last.said) {
            LOG.warn(
                    "listener {}: {}; counted as {}, peer={}{}",
                    listener,
                    sentence,
                    kind,
                    peer,
                    held[0] == 0 ? "" : "; " + held[0] + " more like it since the last line");
        }
    }
}
