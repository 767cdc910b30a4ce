// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power fails at random moments, over and over on the same data, under load: the broker is killed, and of its store
 * remains what {@link ForgetfulDisk} has promised and, as it happens, some of the rest.
 *
 * <p>It proves that the store has had fsync or fdatasync called, on every file and every directory that an
 * acknowledgement relies on, before the acknowledgement left; and that it finds its way through what an unfinished
 * write leaves: a torn end, zeros before bytes that were written later, names that have not come or have not gone. That
 * the same load loses messages with {@code durability=os}, which waits for no sync, proves that the disk does forget.
 *
 * <p>It does not prove that the kernel, the file system or the disk keep what they have promised to fsync, nor anything
 * about sectors that change by themselves.
 *
 * <p>{@code -Dmarquetry.power.rounds} has it take longer, {@code -Dmarquetry.power.seed} repeats the choices of a run.
 */
@OnlyMarquetry
class PowerLossIT {
    private static final int ROUNDS = Integer.getInteger("marquetry.power.rounds", 8);
    private static final long SEED = Long.getLong("marquetry.power.seed", System.nanoTime());
    private static final int MOST_ROUNDS_TO_LOSE = 10;
    /** After so many rounds all that was acknowledged has to have arrived. */
    private static final int JUDGED = 10;

    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir
    Path work;

    @Test
    void givenDurabilityDisk_whenThePowerFailsOverAndOver_thenNothingAcknowledgedIsLostOrTwice() throws Exception {
        Random random = new Random(SEED);
        System.out.println("PowerLossIT: -Dmarquetry.power.seed=" + SEED);
        ForgetfulDisk disk = ForgetfulDisk.in(work);
        try (BrokerProcess broker = BrokerProcess.start(settings(disk, "disk"));
                Load load = new Load(broker.port());
                Guests guests = new Guests(broker.port(), load.ledger())) {
            begin(load);
            for (int round = 1; round <= ROUNDS && load.ledger().problems().isEmpty(); round++) {
                // The first time all goes that may go: the folder of the store is new, and so are the names of its
                // files.
                strike(broker, disk, load, random, round == 1 ? 0 : random.nextLong(Long.MAX_VALUE));
                broker.restart();
                load.checkRetained();
                disk.slow(0);
                if (round % JUDGED == 0 && load.ledger().problems().isEmpty()) {
                    load.judgeAndGoOn();
                }
            }

            load.endAndJudge();
            Accounting.assertBalanced(broker.port());
            System.out.printf(
                    "PowerLossIT: %d rounds, %d messages acknowledged, %d visits of guests%n",
                    ROUNDS, load.ledger().acknowledged(), guests.visits());
        }
    }

    @Test
    void givenDurabilityOs_whenThePowerFails_thenTheDiskForgets() throws Exception {
        Random random = new Random(SEED);
        ForgetfulDisk disk = ForgetfulDisk.in(work);
        BrokerProcess broker = BrokerProcess.start(settings(disk, "os"));
        try (Load load = new Load(broker.port())) {
            begin(load);
            List<String> losses = List.of();
            for (int round = 1; losses.isEmpty() && round <= MOST_ROUNDS_TO_LOSE; round++) {
                strike(broker, disk, load, random, random.nextLong(Long.MAX_VALUE));
                broker.relaunch();
                losses = losses(broker, load);
            }

            System.out.println("PowerLossIT: with durability=os the first loss was "
                    + losses.stream().findFirst());
            assertThat(losses).isNotEmpty();
        } finally {
            broker.kill9();
        }
    }

    private static BrokerSettings settings(ForgetfulDisk disk, String durability) {
        return disk.under(StoreBroker.settings())
                .env("MARQUETRY_MQTT__DURABILITY", durability)
                // So that files come and go while it runs, and not only at its start.
                .env("MARQUETRY_STORE__ROCKSDB__WRITE_BUFFER_BYTES", "4MB");
    }

    private static void begin(Load load) {
        load.publishers().forEach(publisher -> publisher.largest(4000));
        load.begin();
    }

    private static void strike(BrokerProcess broker, ForgetfulDisk disk, Load load, Random random, long seed)
            throws Exception {
        // So that there is always something on its way to the disk.
        disk.slow(random.nextInt(20));
        load.each(client -> client.restless(1));
        load.awaitAcknowledged(100);
        load.shuffle(random);
        LockSupport.parkNanos(random.nextInt(1000) * 1_000_000L);
        broker.kill9();
        broker.log().assertNoTrouble(0);
        System.out.println("PowerLossIT: " + disk.losePower(seed));
    }

    /** Where no sync was asked for, a store that does not open has lost too. */
    private static List<String> losses(BrokerProcess broker, Load load) {
        try {
            broker.awaitReady();
        } catch (AssertionError e) {
            return List.of("the store does not open any more");
        }
        load.endPublishing();
        load.subscribers().forEach(subscriber -> subscriber.online(true));
        List<String> losses = load.ledger().settle(load.subscribers(), LIMIT);
        load.publishers().forEach(publisher -> publisher.publishing(true));
        return losses;
    }
}
