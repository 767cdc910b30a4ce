// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * How the calls of one service went. Every call is counted. The clock is read for one in {@value #SAMPLE} of those that
 * answer at once, since to read it twice costs as much as many a hook; for those that answer later it is always read.
 */
final class Calls {
    private static final int SAMPLE = 16;

    private final LongAdder calls = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private final AtomicInteger pending = new AtomicInteger();

    /** Counts a call; returns whether the time until it returns is to be measured. */
    boolean begin() {
        calls.increment();
        return (ThreadLocalRandom.current().nextInt() & SAMPLE - 1) == 0;
    }

    /** The time of a call that was chosen. */
    void sampled(long nanosOfOne) {
        nanos.add(nanosOfOne * SAMPLE);
    }

    /** A call failed. */
    void failed() {
        failures.increment();
    }

    /** An answer comes later. */
    void awaiting() {
        pending.incrementAndGet();
    }

    /** An answer that came later is there, or will not come. */
    void arrived(long nanosOfOne) {
        pending.decrementAndGet();
        nanos.add(nanosOfOne);
    }

    long calls() {
        return calls.sum();
    }

    long failures() {
        return failures.sum();
    }

    long nanos() {
        return nanos.sum();
    }

    int pending() {
        return pending.get();
    }
}
