// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import java.util.function.LongSupplier;

/**
 * The circuit breaker of one service: when many answers in a row failed or were late, nobody waits for further ones for
 * a while; then one call tries whether the service is well again. Open, it is an error, neither a yes nor a no. What
 * fails at once, without making anybody wait, does not open it: a client could make a hook throw with every message of
 * its own, and others would suffer. Callable from any thread.
 */
final class Breaker {
    /** So many failures in a row open it. */
    static final int MOST_FAILURES = 10;

    /** How long it stays open before a call tries again, in milliseconds. */
    static final long OPEN_MILLIS = 3000;

    private static final int OPEN = Integer.MAX_VALUE;

    private final LongSupplier clock;
    /** Failures in a row, or {@link #OPEN}; the one field that a call reads while all is well. */
    private volatile int trouble;

    private long openedAt;
    private boolean probing;

    Breaker(LongSupplier clock) {
        this.clock = clock;
    }

    /** Whether a call may be made; whoever makes it reports how it went. */
    boolean allows() {
        return trouble != OPEN || probe();
    }

    private synchronized boolean probe() {
        if (trouble != OPEN) {
            return true;
        }
        if (clock.getAsLong() - openedAt < OPEN_MILLIS) {
            return false;
        }
        openedAt = clock.getAsLong(); // a probe whose end is never reported does not block the next one
        probing = true;
        return true;
    }

    /** A call went well; returns whether that closed it. */
    boolean succeeded() {
        return trouble != 0 && close();
    }

    private synchronized boolean close() {
        boolean wasOpen = trouble == OPEN;
        if (wasOpen && !probing) {
            return false; // an answer to a call from before it opened
        }
        trouble = 0;
        probing = false;
        return wasOpen;
    }

    /** A call failed or was late; returns whether that opened it. */
    synchronized boolean failed() {
        if (trouble == OPEN) {
            if (probing) {
                probing = false;
                openedAt = clock.getAsLong();
            }
            return false;
        }
        trouble++;
        if (trouble < MOST_FAILURES) {
            return false;
        }
        trouble = OPEN;
        openedAt = clock.getAsLong();
        return true;
    }

    /** For people: {@code closed}, {@code open} or {@code half_open}. */
    synchronized String state() {
        return trouble != OPEN ? "closed" : probing ? "half_open" : "open";
    }
}
