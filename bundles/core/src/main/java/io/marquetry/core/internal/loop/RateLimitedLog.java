// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Lets one line a second through, or one in another time, and counts the others, so that neither a hostile peer nor a
 * broken extension can fill the disk. Callable from any thread.
 */
public final class RateLimitedLog {
    private static final long INTERVAL_MILLIS = 1000;

    private final LongSupplier clock;
    private final long intervalMillis;
    private final AtomicLong next = new AtomicLong(Long.MIN_VALUE);
    private final AtomicLong held = new AtomicLong();

    /** Lets the first line through at once; {@code clock} gives milliseconds from any start. */
    public RateLimitedLog(LongSupplier clock) {
        this(clock, INTERVAL_MILLIS);
    }

    /** As {@link #RateLimitedLog(LongSupplier)}, with one line in so many milliseconds. */
    public RateLimitedLog(LongSupplier clock, long intervalMillis) {
        this.clock = clock;
        this.intervalMillis = intervalMillis;
    }

    /** Whether to log now: -1 for no, else how many lines were held back since the last one. */
    public long pass() {
        long now = clock.getAsLong();
        long due = next.get();
        if (now >= due && next.compareAndSet(due, now + intervalMillis)) {
            return held.getAndSet(0);
        }
        held.incrementAndGet();
        return -1;
    }
}
