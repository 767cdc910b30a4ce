// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.acceptingLoss;
import static io.marquetry.store.rocksdb.Stores.bytes;
import static io.marquetry.store.rocksdb.Stores.commit;
import static io.marquetry.store.rocksdb.Stores.flip;
import static io.marquetry.store.rocksdb.Stores.rows;
import static io.marquetry.store.rocksdb.Stores.settings;
import static io.marquetry.store.rocksdb.Stores.truncate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are not as they were written. */
class DamageTest {
    private static final int BATCHES = 300;

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 7, 100, 511, 999})
    void givenLogThatWasCutOff_whenOpened_thenOnlyTheLastBatchIsGone(int bytes) throws Exception {
        Path folder = filled();
        Path log = largest(folder, ".log");
        truncate(log, Files.size(log) - bytes);

        RocksStore store = new RocksStore(settings(folder));

        assertThat(rows(store, Table.QUEUE)).hasSize(BATCHES - 1);
        assertThat(commit(store, Stores.put(Table.META, "a", "1"), Durability.DISK))
                .isEmpty();
        store.close();
        RocksStore again = new RocksStore(settings(folder));
        assertThat(rows(again, Table.QUEUE)).hasSize(BATCHES - 1);
        assertThat(rows(again, Table.META)).hasSize(1);
        again.close();
    }

    @Test
    void givenGarbageBehindTheLog_whenOpened_thenNothingIsMissing() throws Exception {
        Path folder = filled();
        Path log = largest(folder, ".log");
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            file.seek(file.length());
            for (int i = 0; i < 50_000; i++) {
                file.write(i * 31 + i / 7);
            }
        }

        RocksStore store = new RocksStore(settings(folder));

        assertThat(rows(store, Table.QUEUE)).hasSize(BATCHES);
        store.close();
    }

    @Test
    void givenZerosBehindTheLog_whenOpened_thenNothingIsMissing() throws Exception {
        Path folder = filled();
        Path log = largest(folder, ".log");
        truncate(log, Files.size(log) + 100_000);

        RocksStore store = new RocksStore(settings(folder));

        assertThat(rows(store, Table.QUEUE)).hasSize(BATCHES);
        store.close();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.1, 0.5, 0.99})
    void givenDamagedRecord_whenOpened_thenItSaysSoAndGoesOnOnlyWhenToldTo(double where) throws Exception {
        Path folder = filled();
        Path log = largest(folder, ".log");
        flip(log, (long) (Files.size(log) * where));

        assertThatThrownBy(() -> new RocksStore(settings(folder)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(log.toString())
                .hasMessageContaining("records")
                .hasMessageContaining("acceptLoss = true");
        RocksStore store = new RocksStore(acceptingLoss(folder));

        // A piece that cannot be read costs the rest of its block of 32 KiB.
        assertThat(rows(store, Table.QUEUE).size()).isBetween(BATCHES - 35, BATCHES - 1);
        store.close();
        RocksStore again = new RocksStore(settings(folder));
        again.close();
    }

    @Test
    void givenDamagedRecord_whenLookedAt_thenTheLossIsCounted() throws Exception {
        Path folder = filled();
        Path log = largest(folder, ".log");
        flip(log, Files.size(log) / 2);

        LogScan scan = new LogScan(List.of(log), List.of(Files.size(log)));
        RocksStore store = new RocksStore(acceptingLoss(folder));

        int lost = BATCHES - rows(store, Table.QUEUE).size();
        assertThat(scan.isLossy()).isTrue();
        assertThat(scan.loss()).contains("with " + lost + " changes");
        store.close();
    }

    @Test
    void givenDamagedFile_whenRead_thenItIsNamedAndTheRestGoesOn() throws Exception {
        Path folder = filled();
        new RocksStore(settings(folder)).close(); // what was in the log is in a sorted file now
        Path file = largest(folder, ".sst");
        flip(file, Files.size(file) / 2);

        RocksStore store = new RocksStore(settings(folder));

        assertThatThrownBy(() -> rows(store, Table.QUEUE))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file.getFileName().toString())
                .hasMessageContaining("store-verify");
        List<String> problems = new ArrayList<>();
        store.verify(problems::add);
        assertThat(problems).singleElement().asString().contains(file.toString());
        assertThat(commit(store, Stores.put(Table.META, "a", "1"), Durability.DISK))
                .isEmpty();
        assertThat(rows(store, Table.META)).containsExactly("a=1");
        store.close();
    }

    /** A store that was killed, so to say: copied while it is open, with everything in the log. */
    private Path filled() throws Exception {
        Path open = temp.resolve("open");
        RocksStore store = new RocksStore(settings(open));
        for (int i = 0; i < BATCHES; i++) {
            Batch batch = new Batch();
            byte[] value = new byte[1000];
            java.util.Arrays.fill(value, (byte) ('a' + i % 26));
            batch.put(Table.QUEUE, bytes("key" + i), value);
            assertThat(commit(store, batch, Durability.OS)).isEmpty();
        }
        Path copy = Files.createDirectory(temp.resolve("copy"));
        for (Path file : files(open)) {
            if (!file.toString().endsWith(".lock") && !file.endsWith("LOCK")) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        store.close();
        return copy;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    private static Path largest(Path folder, String ending) throws IOException {
        return files(folder).stream()
                .filter(file -> file.toString().endsWith(ending))
                .max(Comparator.comparingLong(file -> file.toFile().length()))
                .orElseThrow();
    }
}
