// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.await;
import static io.marquetry.store.rocksdb.Stores.bytes;
import static io.marquetry.store.rocksdb.Stores.commit;
import static io.marquetry.store.rocksdb.Stores.handOver;
import static io.marquetry.store.rocksdb.Stores.put;
import static io.marquetry.store.rocksdb.Stores.rows;
import static io.marquetry.store.rocksdb.Stores.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.Store.State;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full, or fail. */
class DiskErrorTest {
    /** A disk of its own for a process, in a name space where anybody may mount one. */
    private static final List<String> SMALL_DISK = List.of(
            "unshare",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs -o size=256m none \"$0\" && exec \"$@\"");

    @TempDir
    private Path temp;

    @Test
    void givenFullDisk_whenThereIsRoomAgain_thenWhatWaitedIsCommittedInOrder() throws Exception {
        List<String> disk = new ArrayList<>(SMALL_DISK);
        disk.add(temp.toString());

        try (Child child = Child.start(disk, Filling.class, temp, 0)) {
            assertThat(child.end()).isEqualTo("well, exit code 0");
        }
    }

    @Test
    void givenMarkOfFreeBytes_whenItIsPassed_thenTheStoreIsFullBeforeTheDiskIs() throws Exception {
        List<String> disk = new ArrayList<>(SMALL_DISK);
        disk.add(temp.toString());

        try (Child child = Child.start(disk, Filling.class, temp, 96 << 20)) {
            assertThat(child.end()).isEqualTo("well, exit code 0");
        }
    }

    @Test
    void givenFailedWrite_whenItIsNotForWantOfRoom_thenNothingIsWrittenAnyMore() throws Exception {
        try (Child child = Child.start(Failing.class, temp)) {
            assertThat(child.end()).isEqualTo("well, exit code 0");
        }
    }

    /** Fills the disk, makes room, and looks whether everything that was answered is there. */
    static final class Filling {
        public static void main(String[] arguments) throws Exception {
            try {
                fill(Path.of(arguments[0]), Long.parseLong(arguments[1]));
                System.out.println("well");
            } catch (Throwable e) {
                System.out.println(e.toString().replace('\n', ' '));
                Runtime.getRuntime().halt(1);
            }
        }

        private static void fill(Path disk, long mark) throws Exception {
            Path ballast = Files.write(disk.resolve("ballast"), new byte[128 << 20]);
            Settings settings = new Settings(disk.resolve("store"), mark, 8 << 20, 16 << 20, 128, false);
            RocksStore store = new RocksStore(settings);
            AtomicInteger told = new AtomicInteger();
            store.onStateChange(told::incrementAndGet);
            List<CompletableFuture<Optional<StoreException>>> all = new ArrayList<>();
            for (int i = 0; store.state() == State.READY; i++) {
                Batch batch = new Batch();
                byte[] value = new byte[50_000];
                new java.util.Random(i).nextBytes(value);
                batch.put(Table.QUEUE, bytes(String.format("%06d", i)), value);
                batch.put(Table.META, bytes("last"), bytes("" + i));
                all.add(handOver(store, batch, Durability.DISK));
                if (all.size() > 8) {
                    CompletableFuture<?> earlier = all.get(all.size() - 8);
                    await("a commit or an end", () -> earlier.isDone() || store.state() != State.READY);
                }
            }
            // It may go on by itself already, for a compaction has made some room; so the state is not asked for here.
            assertThat(told.get()).isPositive();
            assertThat(store.status().counters().get("full")).isPositive();
            if (mark > 0) {
                // What is left of the room is for taking messages out.
                Batch batch = new Batch();
                batch.delete(Table.SESSION, bytes("gone"));
                assertThat(commit(store, batch, Durability.DISK)).isEmpty();
                // How much is free is not asked: a compaction may just be using its share. No write met a full disk.
                assertThat(store.status().counters()).containsEntry("sync.errors", 0L);
            } else {
                assertThat(store.status().counters().get("sync.errors")).isPositive();
            }
            assertThat(store.get(Table.META, bytes("last"))).isNotNull();

            Files.delete(ballast);

            for (CompletableFuture<Optional<StoreException>> each : all) {
                assertThat(each.get(60, TimeUnit.SECONDS)).isEmpty();
            }
            await("it goes on", () -> store.state() == State.READY);
            assertThat(told.get()).isEven();
            check(store, all.size());
            store.close();
            RocksStore again = new RocksStore(settings);
            check(again, all.size());
            again.close();
        }

        private static void check(RocksStore store, int batches) throws StoreException {
            assertThat(rows(store, Table.QUEUE)).hasSize(batches);
            assertThat(rows(store, Table.META)).containsExactly("last=" + (batches - 1));
        }
    }

    /** May write files of one megabyte only, from some time on. */
    static final class Failing {
        public static void main(String[] arguments) throws Exception {
            try {
                fail(Path.of(arguments[0]));
                System.out.println("well");
            } catch (Throwable e) {
                System.out.println(e.toString().replace('\n', ' '));
                Runtime.getRuntime().halt(1);
            }
        }

        private static void fail(Path folder) throws Exception {
            RocksStore store = new RocksStore(settings(folder));
            assertThat(commit(store, put(Table.META, "a", "1"), Durability.DISK))
                    .isEmpty();
            long pid = ProcessHandle.current().pid();
            int code = new ProcessBuilder("prlimit", "--pid", "" + pid, "--fsize=1048576")
                    .inheritIO()
                    .start()
                    .waitFor();
            assertThat(code).isZero();

            Optional<StoreException> problem = Optional.empty();
            for (int i = 0; i < 100 && problem.isEmpty(); i++) {
                Batch batch = new Batch();
                batch.put(Table.QUEUE, bytes("" + i), new byte[50_000]);
                problem = commit(store, batch, Durability.DISK);
            }

            assertThat(problem.orElseThrow()).hasMessageContaining("restart the broker after checking the disk");
            assertThat(store.state()).isEqualTo(State.BROKEN);
            assertThat(commit(store, put(Table.META, "b", "2"), Durability.OS).orElseThrow())
                    .hasMessageContaining("restart the broker");
            assertThat(rows(store, Table.META)).containsExactly("a=1");
            assertThat(store.status().counters()).containsEntry("sync.errors", 1L);
            store.close();
        }
    }
}
