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

import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteOptions;

/**
 * A crash while the log is two files, because one table went into a sorted file and another has not: the end of the
 * newer one may be anything, that of the older one was on the disk before the newer one began.
 */
class TwoLogsTest {
    private static final int EACH = 3;

    @TempDir
    private static Path temp;

    /** As the crash has left it. */
    private static Path crashed;
    /** The same a moment before, when the newer file was there and nothing in it. */
    private static Path switched;

    private static String older = "";
    private static String newer = "";
    /** Where each record of the newer file ends. */
    private static final List<Long> ENDS = new ArrayList<>();

    @BeforeAll
    static void crash() throws Exception {
        RocksDB.loadLibrary();
        Path folder = temp.resolve("open");
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY));
        for (Table table : Table.values()) {
            families.add(new ColumnFamilyDescriptor(bytes(table.label())));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = Tuning.store(settings(folder), false);
                RocksDB db = RocksDB.open(options, folder.toString(), families, handles);
                WriteOptions synced = new WriteOptions().setSync(true);
                FlushOptions flush = new FlushOptions()) {
            ColumnFamilyHandle queue = handles.get(1 + Table.QUEUE.ordinal());
            ColumnFamilyHandle meta = handles.get(1 + Table.META.ordinal());
            db.put(meta, synced, bytes("layout"), bytes("1"));
            for (int i = 0; i < EACH; i++) {
                db.put(queue, synced, bytes("older" + i), bytes("value"));
            }
            db.flush(flush, meta);
            switched = copy(folder, temp.resolve("switched"));
            for (int i = 0; i < EACH; i++) {
                db.put(queue, synced, bytes("newer" + i), bytes("value"));
                ENDS.add(Files.size(logs(folder).get(1)));
            }
            crashed = copy(folder, temp.resolve("crashed"));
            handles.forEach(ColumnFamilyHandle::close);
        }
        assertThat(logs(crashed)).hasSize(2);
        older = logs(crashed).get(0).getFileName().toString();
        newer = logs(crashed).get(1).getFileName().toString();
    }

    @Test
    void givenNewerLogThatEndsAnywhere_whenOpened_thenEveryWholeRecordIsThere() throws Exception {
        for (long end = 0; end <= ENDS.get(EACH - 1); end++) {
            Path folder = copy(crashed, temp.resolve("newer" + end));
            truncate(folder.resolve(newer), end);

            RocksStore store = new RocksStore(settings(folder));

            long at = end;
            assertThat(rows(store, Table.QUEUE))
                    .as("cut off at byte %d", end)
                    .hasSize(EACH
                            + (int) ENDS.stream().filter(whole -> whole <= at).count());
            assertThat(commit(store, Stores.put(Table.QUEUE, "z", "later"), Durability.DISK))
                    .isEmpty();
            store.close();
            RocksStore again = new RocksStore(settings(folder));
            assertThat(rows(again, Table.QUEUE)).contains("z=later");
            again.close();
        }
    }

    @Test
    void givenOlderLogThatEndsEarly_whenOpened_thenItSaysSoAndGoesOnOnlyWhenToldTo() throws Exception {
        for (long end = 0; end < Files.size(crashed.resolve(older)); end++) {
            Path folder = copy(crashed, temp.resolve("older" + end));
            truncate(folder.resolve(older), end);

            assertRefused(folder, older, "cut off at byte " + end);
            if (end % 10 == 0) { // it takes long
                assertOpensWhenToldTo(folder, "cut off at byte " + end);
            }
        }
    }

    @Test
    void givenNoOlderLog_whenOpened_thenItSaysSoAndGoesOnOnlyWhenToldTo() throws Exception {
        Path folder = copy(crashed, temp.resolve("without"));
        Files.delete(folder.resolve(older));

        assertRefused(folder, older, "without the older log");
        assertOpensWhenToldTo(folder, "without the older log");
    }

    @Test
    void givenDamageBeforeTheLastRecord_whenOpened_thenItSaysSo() throws Exception {
        for (String log : List.of(older, newer)) {
            long end = log.equals(newer) ? ENDS.get(EACH - 2) : Files.size(crashed.resolve(log));
            for (long at = 0; at < end; at++) {
                Path folder = copy(crashed, temp.resolve("damaged" + log + at));
                flip(folder.resolve(log), at);

                assertRefused(folder, log, "byte " + at + " of " + log);
            }
        }
    }

    /** It was brought to the disk before the other table's sorted file counted. */
    @Test
    void givenNothingInTheNewerLog_whenTheOlderOneEndsEarly_thenItSaysSo() throws Exception {
        Path folder = copy(switched, temp.resolve("empty"));
        truncate(folder.resolve(older), Files.size(folder.resolve(older)) - 1);

        assertRefused(folder, older, "with an empty newer log");
    }

    private static void assertRefused(Path folder, String named, String what) {
        assertThatThrownBy(() -> new RocksStore(settings(folder)))
                .as(what)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("has lost what had been written")
                .hasMessageContaining(named)
                .hasMessageContaining("acceptLoss = true");
    }

    private static void assertOpensWhenToldTo(Path folder, String what) throws Exception {
        RocksStore store = new RocksStore(acceptingLoss(folder));

        assertThat(rows(store, Table.QUEUE)).as(what).hasSizeBetween(EACH, 2 * EACH - 1);
        store.close();
        new RocksStore(settings(folder)).close();
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                if (!file.endsWith("LOCK")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
        return to;
    }

    private static List<Path> logs(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().matches(".*[0-9]\\.log"))
                    .sorted()
                    .toList();
        }
    }
}
