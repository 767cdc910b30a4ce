// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.bytes;
import static io.marquetry.store.rocksdb.Stores.commit;
import static io.marquetry.store.rocksdb.Stores.put;
import static io.marquetry.store.rocksdb.Stores.rows;
import static io.marquetry.store.rocksdb.Stores.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.Store.State;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.StoreStatus;
import io.marquetry.api.store.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksStoreTest {
    @TempDir
    private Path temp;

    @Test
    void givenCommittedBatch_whenOpenedAgain_thenItIsThere() throws Exception {
        Path folder = temp.resolve("a/store");
        RocksStore store = new RocksStore(settings(folder));
        Batch batch = put(Table.QUEUE, "a", "1");
        batch.put(Table.QUEUE, bytes("b"), bytes("2"));
        batch.put(Table.SESSION, bytes("b"), bytes("3"));
        batch.delete(Table.QUEUE, bytes("a"));
        assertThat(commit(store, batch, Durability.DISK)).isEmpty();
        store.close();

        RocksStore again = new RocksStore(settings(folder));

        assertThat(rows(again, Table.QUEUE)).containsExactly("b=2");
        assertThat(again.get(Table.SESSION, bytes("b"))).isEqualTo(bytes("3"));
        assertThat(again.get(Table.SESSION, bytes("a"))).isNull();
        assertThat(again.state()).isEqualTo(State.READY);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        again.close();
    }

    @Test
    void givenManyHandedOver_whenCommitted_thenEachIsAnsweredInOrderAndFewAreWritten() throws Exception {
        RocksStore store = new RocksStore(settings(temp));
        List<Integer> order = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(1000);

        for (int i = 0; i < 1000; i++) {
            int number = i;
            store.commit(put(Table.QUEUE, "key", "" + i), i % 2 == 0 ? Durability.OS : Durability.DISK, problem -> {
                order.add(number); // by one thread
                all.countDown();
            });
        }

        assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(order).isSorted().hasSize(1000);
        assertThat(rows(store, Table.QUEUE)).containsExactly("key=999");
        StoreStatus status = store.status();
        assertThat(status.counters())
                .containsEntry("commits", 1000L)
                .containsEntry("changes", 1000L)
                .containsEntry("batches.waiting", 0L);
        assertThat(status.counters().get("syncs"))
                .isPositive()
                // The first group may be the first batch alone, which asks for no sync.
                .isLessThanOrEqualTo(status.counters().get("groups"))
                .isLessThan(1000);
        assertThat(status.commits().quantile(1)).isPositive();
        store.close();
    }

    @Test
    void givenClosedStore_whenUsed_thenEveryAnswerIsASentence() throws Exception {
        RocksStore store = new RocksStore(settings(temp));
        store.close();

        Optional<StoreException> problem = commit(store, put(Table.QUEUE, "a", "1"), Durability.OS);

        assertThat(problem.orElseThrow()).hasMessageContaining("closed");
        assertThatThrownBy(() -> rows(store, Table.QUEUE))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> store.get(Table.QUEUE, bytes("a"))).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.verify(text -> {})).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.backup(temp.resolveSibling("copy"))).isInstanceOf(StoreException.class);
        assertThat(store.status().engine()).startsWith("RocksDB ");
        store.close();
    }

    @Test
    void givenReadersAndWriters_whenClosedAmongThem_thenAllOfThemEnd() throws Exception {
        for (int round = 0; round < 10; round++) {
            RocksStore store = new RocksStore(settings(temp));
            for (int i = 0; i < 1000; i++) {
                store.commit(put(Table.QUEUE, "key" + i, "value"), Durability.OS, problem -> {});
            }
            assertThat(commit(store, put(Table.META, "a", "1"), Durability.OS)).isEmpty();
            CountDownLatch reading = new CountDownLatch(4);
            AtomicLong ends = new AtomicLong();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread thread = new Thread(() -> {
                    try {
                        while (true) {
                            rows(store, Table.QUEUE);
                            store.status();
                            store.commit(put(Table.QUEUE, "x", "y"), Durability.OS, problem -> {});
                            reading.countDown();
                        }
                    } catch (StoreException e) {
                        ends.incrementAndGet();
                    }
                });
                thread.start();
                threads.add(thread);
            }
            assertThat(reading.await(60, TimeUnit.SECONDS)).isTrue();

            store.close();

            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(60));
            }
            assertThat(ends).hasValue(4);
        }
    }

    @Test
    void givenReaderInside_whenClosed_thenItIsWaitedForAndTheFolderIsFreeAfterIt() throws Exception {
        RocksStore store = new RocksStore(settings(temp));
        for (String key : List.of("a", "b")) {
            assertThat(commit(store, put(Table.QUEUE, key, "1"), Durability.OS)).isEmpty();
        }
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> {
            try {
                store.read(Table.QUEUE, new byte[0], null, (key, value) -> {
                    inside.countDown();
                    awaitQuietly(goOn);
                    return true;
                });
                return "all";
            } catch (StoreException e) {
                return e.getMessage();
            }
        });
        assertThat(inside.await(60, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(store::close);
        Stores.await("nobody is let in", () -> isClosed(store));
        assertThat(store.status().counters()).doesNotContainKey("files");

        goOn.countDown();

        assertThat(read.get(60, TimeUnit.SECONDS)).contains("closed");
        closing.get(60, TimeUnit.SECONDS);
        RocksStore again = new RocksStore(settings(temp));
        assertThat(rows(again, Table.QUEUE)).containsExactly("a=1", "b=1");
        again.close();
    }

    @Test
    void givenStoreInUse_whenCopied_thenTheCopyIsAStore() throws Exception {
        RocksStore store = new RocksStore(settings(temp.resolve("store")));
        assertThat(commit(store, put(Table.RETAINED, "a", "1"), Durability.OS)).isEmpty();
        Path target = Files.createDirectories(temp.resolve("copies/one"));

        store.backup(target);

        assertThat(commit(store, put(Table.RETAINED, "b", "2"), Durability.OS)).isEmpty();
        assertThatThrownBy(() -> store.backup(target)).hasMessageContaining("holds something");
        assertThatThrownBy(() -> store.backup(temp.resolve("store/copy"))).hasMessageContaining("outside");
        store.close();
        RocksStore copy = new RocksStore(settings(target));
        assertThat(rows(copy, Table.RETAINED)).containsExactly("a=1");
        copy.verify(problem -> {
            throw new AssertionError(problem);
        });
        copy.close();
    }

    @Test
    void givenOtherFileSystem_whenCopied_thenTheCopyIsAStore() throws Exception {
        Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "store-copy");
        RocksStore store = new RocksStore(settings(temp));
        assertThat(commit(store, put(Table.RETAINED, "a", "1"), Durability.OS)).isEmpty();

        store.backup(memory.resolve("copy"));

        store.close();
        RocksStore copy = new RocksStore(settings(memory.resolve("copy")));
        assertThat(rows(copy, Table.RETAINED)).containsExactly("a=1");
        copy.close();
        try (var all = Files.walk(memory)) {
            all.sorted(java.util.Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        }
    }

    private static boolean isClosed(RocksStore store) {
        try {
            store.get(Table.META, bytes("a"));
            return false;
        } catch (StoreException e) {
            return true;
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody went on");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
