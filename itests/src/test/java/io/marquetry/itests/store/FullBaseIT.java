// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All of {@code data/} is on a disk that is full when the broker starts, as it is out of the box. */
@OnlyMarquetry
class FullBaseIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long LEFT = 8 << 20;

    @Test
    void givenFullDisk_whenTheBrokerIsStarted_thenItOpensByItselfWithEverythingOnceThereIsRoom(@TempDir Path before)
            throws Exception {
        BrokerProcess broker =
                BrokerProcess.start(StoreBroker.settings().env("MARQUETRY_STORE__ROCKSDB__MIN_FREE_BYTES", "0"));
        Path data = broker.base().resolve("data");
        Queued queued = new Queued("waits");
        queued.fill(broker.port(), 300);
        broker.stop();
        Tool.run(before, LIMIT, List.of("cp", "-a", data + "/.", before.toString()));
        Tool.run(before, LIMIT, List.of("mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", data.toString()));
        try (broker) {
            Tool.run(before, LIMIT, List.of("cp", "-a", before + "/.", data.toString()));
            Path ballast = data.resolve("ballast");
            fill(ballast);

            broker.relaunch();
            broker.log().allow("listeners stay closed|No space left|is full|marquetry.log");
            broker.log().await(0, "store.rocksdb is installed, but not active: the disk of .* is full", LIMIT);
            assertThat(broker.log().contains(0, "is listening")).isFalse();
            Files.delete(ballast);
            broker.awaitReady();

            queued.assertThere(broker.port());
            Accounting.assertBalanced(broker.port());
            broker.stop();
        } finally {
            broker.kill9();
            Tool.run(before, LIMIT, List.of("umount", "-l", data.toString()));
        }
    }

    /** Leaves what the container needs for itself. */
    private static void fill(Path ballast) throws IOException {
        byte[] some = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (ballast.toFile().getUsableSpace() > LEFT) {
                out.write(some);
            }
        }
    }
}
