// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What is counted for each listener: connections now, and how earlier ones ended. Callable from any thread. */
public final class ListenerStats {
    /** The counts of one listener. */
    public static final class Counts {
        private final AtomicLong current = new AtomicLong();
        private final Map<String, LongAdder> shutdowns = new ConcurrentHashMap<>();

        /** Connections now. */
        public long current() {
            return current.get();
        }

        /** How many connections ended, by reason. */
        public SortedMap<String, Long> shutdownCount() {
            SortedMap<String, Long> result = new TreeMap<>();
            shutdowns.forEach((reason, count) -> result.put(reason, count.sum()));
            return result;
        }

        void opened() {
            current.incrementAndGet();
        }

        void closed(String reason) {
            current.decrementAndGet();
            count(reason);
        }

        void count(String reason) {
            shutdowns.computeIfAbsent(reason, r -> new LongAdder()).increment();
        }
    }

    private final Map<String, Counts> byListener = new ConcurrentHashMap<>();

    /** The counts of a listener, {@code type:name}. */
    public Counts of(String listener) {
        return byListener.computeIfAbsent(listener, l -> new Counts());
    }

    /** Counts a connection that ended before the broker saw it. */
    public void countRefused(String listener, String reason) {
        of(listener).count(reason);
    }

    /** Every listener that was seen. */
    public SortedMap<String, Counts> all() {
        return new TreeMap<>(byListener);
    }
}
