// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell;
import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Distribution;
import io.marquetry.itests.support.OnlyMarquetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The store's extension is replaced over and over under load that needs it: by a file in {@code deploy/} and by
 * command. Nobody is disconnected, nothing is lost, doubled or out of order.
 */
@OnlyMarquetry
class StoreUpdateIT {
    private static final int UPDATES = Integer.getInteger("marquetry.update.rounds", 20);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String JAR = "marquetry-" + StoreBroker.EXTENSION + ".jar";
    private static final String NAME = "io.marquetry.store.rocksdb";

    @Test
    void givenLoad_whenTheStoreIsReplaced_thenNobodyNotices(@TempDir Path work) throws Exception {
        BrokerSettings settings = StoreBroker.settings().env("MARQUETRY_MQTT__UPDATE_HOLD_SECONDS", "30");
        try (BrokerProcess broker = BrokerProcess.start(settings);
                Load load = new Load(broker.port())) {
            load.begin();
            OperatorShell shell = new OperatorShell(broker.base());
            for (int update = 1; update <= UPDATES; update++) {
                load.awaitAcknowledged(50);
                int mark = broker.log().mark();
                Path jar = work.resolve(JAR);
                write(jar, update);
                if (update % 2 == 0) {
                    OperatorShell.Answer answer = shell.run("mqtt:extension-update", NAME, jar.toString());
                    assertThat(answer.out() + answer.err()).contains("active");
                } else {
                    Files.move(jar, broker.base().resolve("deploy").resolve(JAR), StandardCopyOption.REPLACE_EXISTING);
                }
                broker.log().await(mark, "the store of .* is there again", LIMIT);
            }
            load.awaitAcknowledged(50);

            load.endAndJudge();
            load.each(client -> assertThat(client.connections())
                    .as("connections of " + client.id())
                    .isEqualTo(1));
            Accounting.assertBalanced(broker.port());
        }
    }

    /** The same jar with another comment at its end, so that it is another file. */
    private static void write(Path jar, int number) throws IOException {
        byte[] bytes =
                Files.readAllBytes(Distribution.home().resolve("extensions").resolve(JAR));
        byte[] comment = ("update " + number).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(bytes[bytes.length - 2] | bytes[bytes.length - 1])
                .as("length of the comment")
                .isZero();
        int length = bytes.length;
        bytes = Arrays.copyOf(bytes, length + comment.length);
        bytes[length - 2] = (byte) comment.length;
        System.arraycopy(comment, 0, bytes, length, comment.length);
        Files.write(jar, bytes);
    }
}
