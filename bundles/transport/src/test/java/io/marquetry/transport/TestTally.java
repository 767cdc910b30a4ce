// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Tally;
import java.util.SortedMap;
import java.util.TreeMap;

/** The books of one listener, to be looked at. */
public final class TestTally implements Tally {
    private final SortedMap<String, Long> refused = new TreeMap<>();
    private final SortedMap<String, Long> values = new TreeMap<>();

    @Override
    public synchronized void countRefused(String reason) {
        refused.merge(reason, 1L, Long::sum);
    }

    @Override
    public synchronized void add(String counter, long count) {
        values.merge(counter, count, Long::sum);
    }

    @Override
    public synchronized void set(String gauge, long value) {
        values.put(gauge, value);
    }

    @Override
    public long connections() {
        return 0;
    }

    @Override
    public synchronized SortedMap<String, Long> shutdownCount() {
        return new TreeMap<>(refused);
    }

    @Override
    public synchronized SortedMap<String, Long> values() {
        return new TreeMap<>(values);
    }
}
