// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The disk of the store has no room, first below the mark that is to stay free, then at all. It is a small file system
 * in memory, so this test needs to be allowed to mount one.
 */
@OnlyMarquetry
class DiskFullIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int DISK_MB = 96;
    private static final int MARK_MB = 32;
    private static final String IS_FULL = "ERROR.*the disk of .* is full: [0-9]+ bytes are free; make room there";
    private static final String HAS_ROOM = "the store in .* has room again";

    @TempDir
    Path disk;

    @BeforeEach
    void mount() throws Exception {
        Tool.path("mount", "mount");
        try {
            Tool.run(
                    disk,
                    LIMIT,
                    List.of("mount", "-t", "tmpfs", "-o", "size=" + DISK_MB + "m", "tmpfs", disk.toString()));
        } catch (AssertionError e) {
            throw new AssertionError(
                    "This test needs to mount a small file system: run it as root, in a container with CAP_SYS_ADMIN",
                    e);
        }
    }

    @AfterEach
    void unmount() throws Exception {
        Tool.run(Path.of("/"), LIMIT, List.of("umount", "-l", disk.toString()));
    }

    @Test
    void givenLoad_whenTheDiskIsFullForAWhile_thenNothingIsAcknowledgedThatIsNotKept() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(settings(MARK_MB))) {
            broker.log().allow("the disk of .* is full");
            StuckStore.prepare(broker.port());
            Queued queued = new Queued("drains");
            queued.fill(broker.port(), 500);
            try (Load load = new Load(broker.port())) {
                load.begin();
                load.awaitAcknowledged(200);

                int mark = broker.log().mark();
                leaveFree((MARK_MB - 4) << 20);
                broker.log().await(mark, IS_FULL, LIMIT);
                StuckStore.assertHonest(broker.port());
                // Taking messages out makes room, so it must go on.
                queued.assertThere(broker.port());

                mark = broker.log().mark();
                leaveFree(DISK_MB << 20);
                broker.log().await(mark, HAS_ROOM, LIMIT);
                load.awaitAcknowledged(200);
                StuckStore.assertWell(broker.port());

                load.endAndJudge();
            }
            Accounting.assertBalanced(broker.port());
        }
    }

    @Test
    void givenLoad_whenTheDiskHasNoByteLeft_thenTheStoreGoesOnWhenItHas() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(settings(0))) {
            broker.log().allow("the disk of .* is full");
            StuckStore.prepare(broker.port());
            try (Load load = new Load(broker.port())) {
                load.publishers().forEach(publisher -> publisher.largest(2000));
                load.begin();
                load.awaitAcknowledged(200);

                int mark = broker.log().mark();
                leaveFree(0);
                broker.log().await(mark, IS_FULL, LIMIT);
                StuckStore.assertHonest(broker.port());

                mark = broker.log().mark();
                leaveFree(DISK_MB << 20);
                broker.log().await(mark, HAS_ROOM, LIMIT);
                load.awaitAcknowledged(200);
                StuckStore.assertWell(broker.port());

                load.endAndJudge();
            }
            Accounting.assertBalanced(broker.port());
        }
    }

    @Test
    void givenFullDisk_whenTheBrokerIsRestarted_thenItSaysSoAndOpensWithEverythingOnceThereIsRoom() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(settings(0))) {
            Queued queued = new Queued("waits");
            queued.fill(broker.port(), 500);
            broker.kill9();
            leaveFree(0);

            broker.relaunch();
            broker.log().allow("No space left|is full|listeners stay closed");
            broker.log().await(0, "the store in " + disk + ".*(No space left|is full)", LIMIT);
            assertThat(broker.log().contains(0, "is listening")).isFalse();

            leaveFree(DISK_MB << 20);
            broker.kill9();
            broker.restart();
            queued.assertThere(broker.port());
            Accounting.assertBalanced(broker.port());
        }
    }

    private BrokerSettings settings(int markMb) {
        return StuckStore.settings(StoreBroker.settings())
                .env("MARQUETRY_STORE__ROCKSDB__PATH", disk.resolve("store").toString())
                .env("MARQUETRY_STORE__ROCKSDB__MIN_FREE_BYTES", markMb + "MB")
                .env("MARQUETRY_STORE__ROCKSDB__WRITE_BUFFER_BYTES", "8MB");
    }

    /** Has something else on the disk take what is free but for so many bytes; 0 tries for the last byte. */
    private void leaveFree(long bytes) throws IOException {
        Path ballast = disk.resolve("ballast");
        Files.deleteIfExists(ballast);
        long take = Files.getFileStore(disk).getUsableSpace() - bytes;
        if (bytes > 0 && take <= 0) {
            return;
        }
        byte[] some = new byte[bytes > 0 ? 1 << 16 : 1 << 12];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            for (long written = 0; bytes == 0 || written < take; written += some.length) {
                out.write(some);
            }
        } catch (IOException e) {
            Patience.until("the disk to be full", () -> bytes == 0);
        }
    }
}
