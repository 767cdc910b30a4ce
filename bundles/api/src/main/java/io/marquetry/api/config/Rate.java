// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.config;

/**
 * How many of something in how much time, and how many at once beyond it: {@code 1000/s}, {@code 10MB/s},
 * {@code 100/10s}, {@code infinity}.
 *
 * @param amount how many in each {@code millis}; 0 is no bound
 * @param millis the time in which that many may come, in milliseconds
 * @param burst how many more may come at once after a time of silence
 * @since 1.0
 */
public record Rate(long amount, long millis, long burst) {
    /** No bound. */
    public static final Rate NONE = new Rate(0, 1000, 0);

    /** Refuses what is no rate. */
    public Rate {
        if (amount < 0 || millis < 1 || burst < 0) {
            throw new IllegalArgumentException("expected an amount of 0 or more in 1 ms or more and a burst of 0 or"
                    + " more, got " + amount + " in " + millis + " ms and a burst of " + burst);
        }
    }

    /** Whether it bounds anything. */
    public boolean isBounded() {
        return amount > 0;
    }

    /** As users write it, without the burst. */
    @Override
    public String toString() {
        if (!isBounded()) {
            return "infinity";
        }
        return amount + (millis == 1000 ? "/s" : millis % 1000 == 0 ? "/" + millis / 1000 + "s" : "/" + millis + "ms");
    }
}
