// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * The broker is killed at random moments, over and over on the same data, under QoS 1 and QoS 2 load with subscribers
 * that are there and others that are not. {@code -Dmarquetry.crash.rounds=500} has it take longer,
 * {@code -Dmarquetry.crash.seed} repeats the choices of a run, and {@code -Dmarquetry.crash.durability=os} weakens what
 * is asked of the disk.
 */
@OnlyMarquetry
class CrashIT {
    private static final int ROUNDS = Integer.getInteger("marquetry.crash.rounds", 30);
    private static final long SEED = Long.getLong("marquetry.crash.seed", System.nanoTime());
    private static final String DURABILITY = System.getProperty("marquetry.crash.durability", "disk");
    /** One of so many rounds ends before the broker is ready. */
    private static final int EARLY = 6;
    /** After so many rounds all that was acknowledged has to have arrived. */
    private static final int JUDGED = 10;

    @Test
    void givenLoad_whenKilledOverAndOver_thenNothingAcknowledgedIsLostOrTwice() throws Exception {
        Random random = new Random(SEED);
        System.out.println("CrashIT: -Dmarquetry.crash.seed=" + SEED);
        BrokerSettings settings = StoreBroker.settings()
                .env("MARQUETRY_MQTT__DURABILITY", DURABILITY)
                .env("MARQUETRY_STORE__ROCKSDB__WRITE_BUFFER_BYTES", "4MB");
        long began = System.nanoTime();
        try (BrokerProcess broker = BrokerProcess.start(settings);
                Load load = new Load(broker.port());
                Guests guests = new Guests(broker.port(), load.ledger())) {
            load.begin();
            for (int round = 1; round <= ROUNDS; round++) {
                load.each(client -> client.restless(1));
                load.awaitAcknowledged(100);
                load.shuffle(random);
                pause(random, 800);
                load.shuffle(random);
                pause(random, 400);

                broker.kill9();
                broker.log().assertNoTrouble(0);
                broker.relaunch();
                if (round % EARLY == 0) {
                    pause(random, 3000);
                    broker.kill9();
                    broker.log().assertNoTrouble(0);
                    broker.relaunch();
                }
                broker.awaitReady();
                load.checkRetained();
                if (!load.ledger().problems().isEmpty()) {
                    break;
                }
                if (round % JUDGED == 0) {
                    load.judgeAndGoOn();
                    System.out.printf(
                            "CrashIT: round %d, %d messages acknowledged%n",
                            round, load.ledger().acknowledged());
                }
            }

            load.endAndJudge();
            Accounting.assertBalanced(broker.port());
            System.out.printf(
                    "CrashIT: %d rounds, %d messages acknowledged, %d visits of guests, %.0f s%n",
                    ROUNDS, load.ledger().acknowledged(), guests.visits(), (System.nanoTime() - began) / 1e9);
        }
    }

    /** Any moment. */
    private static void pause(Random random, int millis) {
        LockSupport.parkNanos(random.nextInt(millis) * 1_000_000L);
    }
}
