// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whole brokers on loops that run in any order, with a store that commits when it likes and loses what it has not
 * committed, and clients that keep to the rules, lose their connections, stall, come back, take over and leave. The
 * broker is killed at random and another one goes on with what is in the store, on another number of loops. In the end
 * everything that was acknowledged must have arrived, QoS 2 exactly once, in order, and nothing else.
 *
 * <p>{@code -Dcrash.seconds=600} plays longer, {@code -Dcrash.seed=7} begins with a seed and {@code -Dcrash.rounds=1}
 * plays so many; the story of a failed round is written to {@code target/crash-SEED.txt}.
 */
class CrashModelTest {
    private static final Logger LOG = LoggerFactory.getLogger(CrashModelTest.class);
    private static final int STEPS = 250;

    @Test
    void givenClientsThatKeepToTheRules_whenBrokersCrash_thenWhatWasAcknowledgedIsThere() throws Exception {
        long nanos = Duration.ofSeconds(Long.getLong("crash.seconds", 8)).toNanos();
        long rounds = Long.getLong("crash.rounds", Long.MAX_VALUE);
        long seed = Long.getLong("crash.seed", 1);
        long begin = System.nanoTime();
        long crashes = 0;
        long played = 0;
        do {
            crashes += play(seed++);
            played++;
        } while (played < rounds && System.nanoTime() - begin < nanos);
        LOG.info("{} rounds with {} crashes were played", played, crashes);
    }

    private static int play(long seed) throws Exception {
        Random random = new Random(seed);
        World world = new World(random, 2 + random.nextInt(4));
        try {
            for (int step = 0; step < STEPS; step++) {
                world.step();
                if (random.nextInt(STEPS) == 0) {
                    world.rest();
                }
            }
            world.rest();
            world.end();
            return world.crashes();
        } catch (Throwable e) {
            Path story = Path.of("target", "crash-" + seed + ".txt");
            Files.write(story, world.ledger().story());
            throw new AssertionError(
                    "repeat it with -Dcrash.seed=" + seed + " -Dcrash.rounds=1, read " + story + ": " + e.getMessage(),
                    e);
        }
    }
}
