// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.config.Rate;

/**
 * A token bucket for one {@link Rate}, told in time: what is taken moves a moment into the future, and whoever is too
 * far ahead of the clock waits. It holds the rate over 200 ms, at least one, and the burst. A packet that has begun is
 * taken whole, so the bucket may be in debt by one packet; the debt is waited for.
 */
final class Bucket {
    private static final long NANOS = 1_000_000;
    /** Twice the tick of a timer: who wakes up late still gets all of his rate. */
    private static final long WINDOW_MILLIS = 200;

    private final Rate rate;
    private final double nanosEach;
    private final long capacityNanos;
    private final long oneNanos;
    private long ahead = Long.MIN_VALUE;

    Bucket(Rate rate) {
        this.rate = rate;
        this.nanosEach = (double) rate.millis() * NANOS / rate.amount();
        this.oneNanos = (long) nanosEach;
        double capacity = Math.max(1, (double) rate.amount() * WINDOW_MILLIS / rate.millis()) + rate.burst();
        this.capacityNanos = (long) Math.min(capacity * nanosEach, Long.MAX_VALUE / 4.0);
    }

    Rate rate() {
        return rate;
    }

    /** Takes some, whether they are there or not. */
    void take(long count, long nowMillis) {
        ahead = Math.max(ahead, nowMillis * NANOS) + (long) Math.min(count * nanosEach, Long.MAX_VALUE / 4.0);
    }

    /** Whether that many are there. */
    boolean holds(long count, long nowMillis) {
        long inUse = ahead == Long.MIN_VALUE ? 0 : Math.max(0, ahead - nowMillis * NANOS);
        return count * nanosEach <= capacityNanos - inUse;
    }

    /** How long until one is there, in milliseconds; 0 when there is one. */
    long waitMillis(long nowMillis) {
        long tooFar = ahead == Long.MIN_VALUE ? 0 : ahead - nowMillis * NANOS - (capacityNanos - oneNanos);
        return tooFar <= 0 ? 0 : (tooFar + NANOS - 1) / NANOS;
    }
}
