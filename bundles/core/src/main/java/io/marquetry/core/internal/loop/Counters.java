// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

/**
 * The counters of one loop: plain numbers, written by that loop only, so that counting costs one addition. A reader on
 * another thread sees a value that is at most a moment old.
 */
public final class Counters {
    private final long[] values = new long[Metric.COUNT];

    /** Adds one. */
    public void add(Metric metric) {
        values[metric.ordinal()]++;
    }

    /** Adds some. */
    public void add(Metric metric, long amount) {
        values[metric.ordinal()] += amount;
    }

    /** The value now. */
    public long get(Metric metric) {
        return values[metric.ordinal()];
    }
}
