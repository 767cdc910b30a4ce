// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell;
import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup that was made under load, put in the place of a store that is gone. */
@OnlyMarquetry
class StoreBackupIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void givenBackupMadeUnderLoad_whenTheStoreIsLost_thenTheBackupHasEverythingOfItsMoment(@TempDir Path work)
            throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(StoreBroker.settings())) {
            OperatorShell shell = new OperatorShell(broker.base());
            Path backup = work.resolve("backup");
            Queued queued = new Queued("saved");
            queued.fill(broker.port(), 300);
            try (Load load = new Load(broker.port())) {
                load.begin();
                load.awaitAcknowledged(100);
                OperatorShell.Answer answer = shell.run("mqtt:store-backup", backup.toString());
                assertThat(answer.exitCode()).as(answer.err()).isZero();
                OperatorShell.Answer verified = shell.run("mqtt:store-verify");
                assertThat(verified.out()).contains("the store is sound");
                load.endAndJudge();
            }
            broker.stop();

            Path store = broker.base().resolve("data/store");
            Tool.run(work, LIMIT, List.of("rm", "-r", store.toString()));
            Tool.run(work, LIMIT, List.of("cp", "-r", backup.toString(), store.toString()));
            assertThat(Files.exists(store.resolve("CURRENT"))).isTrue();
            broker.restart();

            queued.assertThere(broker.port());
            Accounting.assertBalanced(broker.port());
        }
    }
}
