// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Lets one line a second through and counts the others, so that neither a hostile peer nor a broken extension can fill
 * the disk. Callable from any thread.
 */
public final class RateLimitedLog {
    private static final long INTERVAL_MILLIS = 1000;

    private final LongSupplier clock;
    private final AtomicLong next = new AtomicLong(Long.MIN_VALUE);
    private final AtomicLong held = new AtomicLong();

    /** Lets the first line through at once; {@code clock} gives milliseconds from any start. */
    public RateLimitedLog(LongSupplier clock) {
        this.clock = clock;
    }

    /** Whether to log now: -1 for no, else how many lines were held back since the last one. */
    public long pass() {
        long now = clock.getAsLong();
        long due = next.get();
        if (now >= due && next.compareAndSet(due, now + INTERVAL_MILLIS)) {
            return held.getAndSet(0);
        }
        held.incrementAndGet();
        return -1;
    }
}
