// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import java.time.Duration;
import java.util.Random;

/** How long the generative tests run together, and with which seeds: {@code -Dfuzz.seconds=600 -Dfuzz.seed=7}. */
final class Fuzz {
    private static final int TESTS = 2;

    private Fuzz() {}

    /** One round with a seed of its own. */
    interface Round {
        void play(Random random) throws Exception;
    }

    /** Plays rounds until this test's share of the time is over; a failure names the seed that repeats it. */
    static void play(Round round) {
        long nanos = Duration.ofSeconds(Long.getLong("fuzz.seconds", 20)).toNanos() / TESTS;
        long seed = Long.getLong("fuzz.seed", 1);
        long begin = System.nanoTime();
        do {
            try {
                round.play(new Random(seed));
            } catch (Throwable e) {
                throw new AssertionError("repeat it with -Dfuzz.seed=" + seed + ": " + e.getMessage(), e);
            }
            seed++;
        } while (System.nanoTime() - begin < nanos);
    }
}
