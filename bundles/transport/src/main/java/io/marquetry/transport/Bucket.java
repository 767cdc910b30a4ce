// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.Rate;

/** Lets through what a rate allows. One thread at a time; times are those of {@link System#nanoTime}. */
final class Bucket {
    private final Rate rate;
    private final double perNano;
    private double tokens;
    private long at;

    Bucket(Rate rate, long now) {
        this.rate = rate;
        this.perNano = rate.amount() / (rate.millis() * 1e6);
        this.tokens = rate.amount() + (double) rate.burst();
        this.at = now;
    }

    Rate rate() {
        return rate;
    }

    /** One has come; it may be one too many, which those behind it pay. */
    void take(long now) {
        fill(now);
        tokens--;
    }

    /** How long it takes until one more may come; 0 is now. */
    long nanosUntilNext(long now) {
        if (!rate.isBounded()) {
            return 0;
        }
        fill(now);
        return tokens >= 1 ? 0 : (long) Math.ceil((1 - tokens) / perNano);
    }

    private void fill(long now) {
        tokens = Math.min(rate.amount() + (double) rate.burst(), tokens + (now - at) * perNano);
        at = now;
    }
}
