// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** What tests of the store have in common. */
final class Stores {
    private static final int MB = 1 << 20;

    private Stores() {}

    static Settings settings(Path folder) {
        return new Settings(folder, 0, 8 * MB, 16 * MB, 128, false);
    }

    static Settings acceptingLoss(Path folder) {
        return new Settings(folder, 0, 8 * MB, 16 * MB, 128, true);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static Batch put(Table table, String key, String value) {
        Batch batch = new Batch();
        batch.put(table, bytes(key), bytes(value));
        return batch;
    }

    /** Commits and waits; returns why not, if not. */
    static Optional<StoreException> commit(RocksStore store, Batch batch, Durability durability) throws Exception {
        return handOver(store, batch, durability).get(60, TimeUnit.SECONDS);
    }

    static CompletableFuture<Optional<StoreException>> handOver(RocksStore store, Batch batch, Durability durability) {
        CompletableFuture<Optional<StoreException>> ended = new CompletableFuture<>();
        store.commit(batch, durability, problem -> ended.complete(Optional.ofNullable(problem)));
        return ended;
    }

    static List<String> rows(RocksStore store, Table table) throws StoreException {
        List<String> rows = new ArrayList<>();
        store.read(
                table,
                new byte[0],
                null,
                (key, value) -> rows.add(
                        new String(key, StandardCharsets.UTF_8) + "=" + new String(value, StandardCharsets.UTF_8)));
        return rows;
    }

    /** Waits until something holds. */
    static void await(String what, BooleanSupplier holds) throws Exception {
        long begun = System.nanoTime();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(60)) {
                throw new TimeoutException("in vain for a minute: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** Has a file end elsewhere. */
    static void truncate(Path file, long length) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(length);
        }
    }

    /** Changes one bit of a file. */
    static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            int was = open.read();
            open.seek(at);
            open.write(was ^ 0x40);
        }
    }
}
