// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.core.internal.loop.LoopThread;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * How the calls of one service went. Every call is counted. Of those that answer at once the first ones are timed, and
 * then one in {@value #SAMPLE}, which stands for as many, since to read the clock twice costs ten times as much as a
 * hook that does nothing; those that answer later are always timed.
 */
final class Calls {
    private static final int SAMPLE = 128;
    private static final int SAMPLE_BITS = 7;

    /** An odd number that mixes bits: what is sampled keeps no step with what clients do. */
    private static final long MIX = 0x9E3779B97F4A7C15L;

    /** So many loops count without a lock, each in a cache line of its own; more of them share the adder. */
    private static final int LOOPS = 2 * Runtime.getRuntime().availableProcessors();

    private static final int LINE = Long.SIZE / Byte.SIZE;
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] callsOfLoops = new long[(LOOPS + 1) * LINE];
    private final LongAdder otherCalls = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private final AtomicInteger pending = new AtomicInteger();

    /** Counts a call; returns for how many calls it stands when it is to be timed, or 0. */
    int begin() {
        int loop = LoopThread.numberOfCaller();
        if (loop < 0 || loop >= LOOPS) {
            otherCalls.increment();
            return (ThreadLocalRandom.current().nextInt() & SAMPLE - 1) == 0 ? SAMPLE : 0;
        }
        int cell = (loop + 1) * LINE;
        long count = callsOfLoops[cell] + 1;
        CELL.setOpaque(callsOfLoops, cell, count);
        if (count <= SAMPLE) {
            return 1;
        }
        return count * MIX >>> Long.SIZE - SAMPLE_BITS == 0 ? SAMPLE : 0;
    }

    /**
     * The time of a call that was chosen.
     *
     * @param weight for how many it stands
     */
    void sampled(long nanosOfOne, int weight) {
        nanos.add(nanosOfOne * weight);
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
        long calls = otherCalls.sum();
        for (int cell = LINE; cell < callsOfLoops.length; cell += LINE) {
            calls += (long) CELL.getOpaque(callsOfLoops, cell);
        }
        return calls;
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
