// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.core.port.Tally;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What is counted for each listener: connections now, and how earlier ones ended. Callable from any thread. */
public final class ListenerStats {
    /** The counts of one listener. */
    public static final class Counts implements Tally {
        private final AtomicLong current = new AtomicLong();
        private final Map<String, LongAdder> shutdowns = new ConcurrentHashMap<>();
        private final Map<String, LongAdder> counters = new ConcurrentHashMap<>();
        private final Map<String, Long> gauges = new ConcurrentHashMap<>();

        @Override
        public long connections() {
            return current.get();
        }

        @Override
        public SortedMap<String, Long> shutdownCount() {
            return sums(shutdowns);
        }

        @Override
        public SortedMap<String, Long> values() {
            SortedMap<String, Long> result = counters();
            result.putAll(gauges);
            return result;
        }

        @Override
        public void countRefused(String reason) {
            count(reason);
        }

        @Override
        public void add(String counter, long count) {
            counters.computeIfAbsent(counter, c -> new LongAdder()).add(count);
        }

        @Override
        public void set(String gauge, long value) {
            gauges.put(gauge, value);
        }

        /** What only grows. */
        public SortedMap<String, Long> counters() {
            return sums(counters);
        }

        /** What goes up and down. */
        public SortedMap<String, Long> gauges() {
            return new TreeMap<>(gauges);
        }

        private static SortedMap<String, Long> sums(Map<String, LongAdder> adders) {
            SortedMap<String, Long> result = new TreeMap<>();
            adders.forEach((name, count) -> result.put(name, count.sum()));
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

    /** What only grows, of every listener, as {@code listener.TYPE.NAME.} and its name. */
    public SortedMap<String, Long> counters() {
        SortedMap<String, Long> result = new TreeMap<>();
        byListener.forEach((listener, counts) -> {
            String prefix = prefix(listener);
            counts.counters().forEach((name, value) -> result.put(prefix + name, value));
            counts.shutdownCount().forEach((reason, value) -> result.put(prefix + "shutdown." + reason, value));
        });
        return result;
    }

    /** What goes up and down, of every listener, by the same names. */
    public SortedMap<String, Long> gauges() {
        SortedMap<String, Long> result = new TreeMap<>();
        byListener.forEach((listener, counts) -> {
            String prefix = prefix(listener);
            counts.gauges().forEach((name, value) -> result.put(prefix + name, value));
            result.put(prefix + "connections.count", counts.connections());
        });
        return result;
    }

    /** The names become topics under {@code $SYS}: what a topic name cannot have is replaced. */
    private static String prefix(String listener) {
        return "listener." + listener.replace(':', '.').replaceAll("[+#/\\p{Cntrl}]", "_") + ".";
    }

    /** Every listener that was seen. */
    public SortedMap<String, Counts> all() {
        return new TreeMap<>(byListener);
    }
}
