// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.admin.OperatorShell;
import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.OnlyMarquetry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup that was made under load, put in the place of a store that is gone, as an operator does. */
@OnlyMarquetry
class StoreBackupIT {
    private static final int SAVED = 300;

    @TempDir
    private Path work;

    @Test
    void givenBackupMadeUnderLoad_whenItIsRestored_thenEverythingOfItsMomentIsThere() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(StoreBroker.settings())) {
            Path store = broker.base().resolve("data/store");
            Path backup = work.resolve("backup");
            Queued queued = new Queued("saved");
            queued.fill(broker.port(), SAVED);
            try (Load load = new Load(broker.port())) {
                load.begin();
                load.awaitAcknowledged(100);
                backUp(broker, backup);
                verify(broker);
                load.endAndJudge();
            }

            // While it runs nothing is touched.
            assertThat(broker.command("restore", backup.toString()))
                    .contains("is running (process " + broker.pid() + ")")
                    .contains("bin/marquetry stop");
            broker.stop();
            damage(store);

            String told = broker.command("restore", backup.toString());

            assertThat(told)
                    .contains(store.toString())
                    .contains("data/store.before-")
                    .contains("bin/marquetry start")
                    .contains("mqtt:store-verify");
            assertThat(asides(broker)).hasSize(1);
            broker.restart();
            verify(broker);
            queued.assertThere(broker.port());
            Accounting.assertBalanced(broker.port());
        }
    }

    @Test
    void givenStoreThatIsGone_whenItIsRestoredTwice_thenTheBackupIsAsGoodAsBefore() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(StoreBroker.settings())) {
            Path store = broker.base().resolve("data/store");
            Path backup = work.resolve("backup");
            new Queued("saved").fill(broker.port(), SAVED);
            backUp(broker, backup);
            broker.stop();
            delete(store);

            for (int i = 0; i < 2; i++) {
                assertThat(broker.command("restore", backup.toString()))
                        .contains(i == 0 ? "there was no store" : "what was the store is in");
                broker.restart();
                assertThat(new Queued("saved").take(broker.port())).hasSize(SAVED);
                verify(broker);
                broker.stop();
            }
        }
    }

    @Test
    void givenWhatIsNoBackup_whenItIsToBeRestored_thenASentenceAndTheStoreIsAsItWas() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(StoreBroker.settings())) {
            Queued queued = new Queued("saved");
            queued.fill(broker.port(), SAVED);
            broker.stop();

            assertThat(broker.command("restore", work.resolve("nowhere").toString()))
                    .contains("there is no folder " + work.resolve("nowhere"));
            assertThat(broker.command("restore", work.toString())).contains(work + " is no backup of a store");
            assertThat(broker.command("restore")).contains("expected the folder of one backup");
            assertThat(asides(broker)).isEmpty();
            broker.restart();

            queued.assertThere(broker.port());
        }
    }

    @Test
    void givenEmptyFolderWhereTheStoreWas_whenStarted_thenTheDoorStaysClosedUntilTheStoreIsThere() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(StoreBroker.settings())) {
            Path store = broker.base().resolve("data/store");
            Path away = work.resolve("away");
            Queued queued = new Queued("saved");
            queued.fill(broker.port(), SAVED);
            broker.stop();
            Files.move(store, away);

            String told = broker.command("start");

            assertThat(told)
                    .contains("lets nobody in: listeners stay closed")
                    .contains("the state of this broker is in the store")
                    .contains(store + " is empty");
            assertThat(broker.command("stop")).contains("stopped");
            delete(store);
            Files.move(away, store);
            broker.restart();
            queued.assertThere(broker.port());
        }
    }

    private static void backUp(BrokerProcess broker, Path backup) throws Exception {
        OperatorShell.Answer answer = new OperatorShell(broker.base()).run("mqtt:store-backup", backup.toString());
        assertThat(answer.exitCode()).as(answer.err()).isZero();
    }

    private static void verify(BrokerProcess broker) throws Exception {
        assertThat(new OperatorShell(broker.base()).run("mqtt:store-verify").out())
                .contains("the store is sound");
    }

    private static void damage(Path store) throws IOException {
        for (Path file : files(store)) {
            if (file.getFileName().toString().startsWith("MANIFEST")) {
                try (OutputStream out = Files.newOutputStream(file)) {
                    out.write(new byte[100]);
                }
            }
        }
    }

    private static void delete(Path store) throws IOException {
        for (Path file : files(store)) {
            Files.delete(file);
        }
        Files.delete(store);
    }

    private static List<Path> asides(BrokerProcess broker) throws IOException {
        return files(broker.base().resolve("data")).stream()
                .filter(file -> file.getFileName().toString().startsWith("store.before-"))
                .toList();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
