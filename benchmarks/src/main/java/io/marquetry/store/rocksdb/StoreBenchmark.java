// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.StoreStatus;
import io.marquetry.api.store.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Commits of one record of 256 bytes, with 1, 20 or 1,000 callers who each wait for theirs before they hand over the
 * next; then how fast a million records are read and opened. {@code java -cp benchmarks/target/benchmarks.jar
 * io.marquetry.store.rocksdb.StoreBenchmark [FOLDER]}
 */
@NullMarked
public final class StoreBenchmark {
    private static final int RECORDS = 1_000_000;
    private static final long NANOS = 4_000_000_000L;

    private StoreBenchmark() {}

    /** Runs all of it and prints a line for each. */
    public static void main(String[] arguments) throws Exception {
        Path folder = arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("store-benchmark");
        for (Durability durability : Durability.values()) {
            for (int callers : new int[] {1, 20, 1000}) {
                commits(folder.resolve("commits"), durability, callers);
            }
        }
        drain(folder.resolve("drain"));
        form();
    }

    private static Settings settings(Path folder) {
        return new Settings(folder, 0, 64 << 20, 64 << 20, 512, false);
    }

    private static void commits(Path folder, Durability durability, int callers) throws Exception {
        RocksStore store = new RocksStore(settings(folder));
        long end = System.nanoTime() + NANOS;
        AtomicLong next = new AtomicLong();
        CountDownLatch all = new CountDownLatch(callers);
        long begun = System.nanoTime();
        for (int i = 0; i < callers; i++) {
            new Caller(store, durability, next, end, all, i).handOver();
        }
        all.await();
        double seconds = (System.nanoTime() - begun) / 1e9;
        StoreStatus status = store.status();
        long groups = status.counters().getOrDefault("groups", 0L);
        System.out.printf(
                "%-4s %4d callers: %,9.0f commits/s, %,7.0f writes/s, half below %d us, 99 of 100 below %d us, stalled %d ms%n",
                durability,
                callers,
                next.get() / seconds,
                groups / seconds,
                status.commits().quantile(0.5),
                status.commits().quantile(0.99),
                status.counters().getOrDefault("stall.micros", 0L) / 1000);
        store.close();
        remove(folder);
    }

    private static final class Caller {
        private final RocksStore store;
        private final Durability durability;
        private final AtomicLong next;
        private final long end;
        private final CountDownLatch all;
        private final Batch batch = new Batch();
        private final byte[] value = new byte[256];

        Caller(RocksStore store, Durability durability, AtomicLong next, long end, CountDownLatch all, int seed) {
            this.store = store;
            this.durability = durability;
            this.next = next;
            this.end = end;
            this.all = all;
            new Random(seed).nextBytes(value);
        }

        void handOver() {
            if (System.nanoTime() > end) {
                all.countDown();
                return;
            }
            batch.clear();
            long number = next.getAndIncrement();
            batch.put(
                    Table.QUEUE,
                    ByteBuffer.allocate(16)
                            .putLong(number % 1000)
                            .putLong(number)
                            .array(),
                    value);
            store.commit(batch, durability, problem -> handOver());
        }
    }

    private static void drain(Path folder) throws Exception {
        RocksStore store = new RocksStore(settings(folder));
        byte[] value = new byte[256];
        Random random = new Random(1);
        for (int i = 0; i < RECORDS; i += 1000) {
            Batch batch = new Batch(512 << 10);
            for (int j = i; j < i + 1000; j++) {
                random.nextBytes(value);
                batch.put(Table.QUEUE, key(j), value);
            }
            commit(store, batch);
        }
        store.close();
        long begun = System.nanoTime();
        RocksStore again = new RocksStore(settings(folder));
        long opened = System.nanoTime();
        long rows = read(again);
        long read = System.nanoTime();
        System.out.printf(
                "%,d records of 256 bytes: opened in %d ms, read in %d ms, %,.0f/s%n",
                rows, (opened - begun) / 1_000_000, (read - opened) / 1_000_000, rows / ((read - opened) / 1e9));
        long deleting = System.nanoTime();
        for (int i = 0; i < RECORDS; i += 1000) {
            Batch batch = new Batch(64 << 10);
            for (int j = i; j < i + 1000; j++) {
                batch.delete(Table.QUEUE, key(j));
            }
            commit(again, batch);
        }
        long deleted = System.nanoTime();
        System.out.printf("and deleted in %d ms%n", (deleted - deleting) / 1_000_000);
        long scan = System.nanoTime();
        read(again);
        System.out.printf(
                "a read over what was deleted: %d ms; folder %,d bytes%n",
                (System.nanoTime() - scan) / 1_000_000, again.status().diskBytes());
        again.close();
        remove(folder);
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(16).putLong(number / 10_000).putLong(number).array();
    }

    private static long read(RocksStore store) throws StoreException {
        long[] rows = {0};
        store.read(Table.QUEUE, new byte[0], null, (key, value) -> {
            rows[0]++;
            return true;
        });
        return rows[0];
    }

    private static void commit(RocksStore store, Batch batch) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        store.commit(batch, Durability.OS, problem -> ended.countDown());
        ended.await();
    }

    /** The engine's own form against a call for each change. */
    private static void form() throws RocksDBException, IOException {
        Batch batch = new Batch(512 << 10);
        for (int i = 0; i < 1000; i++) {
            batch.put(Table.QUEUE, key(i), new byte[256]);
        }
        Group group = new Group();
        for (int round = 0; round < 3; round++) {
            long begun = System.nanoTime();
            for (int i = 0; i < 2000; i++) {
                group.begin(Map.of(Table.QUEUE, 1));
                batch.forEach(group);
                new WriteBatch(group.toBytes()).close();
            }
            long formed = System.nanoTime();
            for (int i = 0; i < 2000; i++) {
                try (WriteBatch calls = new WriteBatch()) {
                    batch.forEach((table, kind, bytes, key, keyLength, value, valueLength) -> {
                        try {
                            calls.put(
                                    Arrays.copyOfRange(bytes, key, key + keyLength),
                                    Arrays.copyOfRange(bytes, value, value + valueLength));
                        } catch (RocksDBException e) {
                            throw new IllegalStateException(e);
                        }
                    });
                }
            }
            long called = System.nanoTime();
            System.out.printf(
                    "a group of 1,000 changes: formed in %d us, by calls %d us%n",
                    (formed - begun) / 2_000_000, (called - formed) / 2_000_000);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
