// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.await;
import static io.marquetry.store.rocksdb.Stores.handOver;
import static io.marquetry.store.rocksdb.Stores.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSizeTest {
    private static final int RECORDS = Integer.getInteger("marquetry.test.records", 200_000);

    @TempDir
    private Path temp;

    @Test
    void givenRecordsThatWereDeleted_whenNobodyWrites_thenTheFolderShrinks() throws Exception {
        RocksStore store = new RocksStore(settings(temp));
        byte[] value = new byte[256];
        Random random = new Random(1);
        each(store, (batch, key) -> {
            random.nextBytes(value);
            batch.put(Table.QUEUE, key, value);
        });
        assertThat(store.status().diskBytes()).isGreaterThan(RECORDS * 256L / 2);

        each(store, (batch, key) -> batch.delete(Table.QUEUE, key));

        await("a few MB are left", () -> store.status().diskBytes() < 8 << 20);
        assertThat(Stores.rows(store, Table.QUEUE)).isEmpty();
        store.close();
    }

    private interface Change {
        void of(Batch batch, byte[] key);
    }

    private static void each(RocksStore store, Change change) throws Exception {
        CompletableFuture<Optional<StoreException>> last = CompletableFuture.completedFuture(Optional.empty());
        for (int i = 0; i < RECORDS; ) {
            Batch batch = new Batch();
            for (int end = Math.min(RECORDS, i + 100); i < end; i++) {
                change.of(
                        batch,
                        ByteBuffer.allocate(16).putLong(i % 100).putLong(i).array());
            }
            assertThat(last.get(60, TimeUnit.SECONDS)).isEmpty();
            last = handOver(store, batch, Durability.OS);
        }
        assertThat(last.get(60, TimeUnit.SECONDS)).isEmpty();
    }
}
