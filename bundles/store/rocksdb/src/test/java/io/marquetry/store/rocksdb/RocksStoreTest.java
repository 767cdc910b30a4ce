// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.Store.State;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksStoreTest {
    @TempDir
    private Path folder;

    @Test
    void givenCommittedBatch_whenOpenedAgain_thenItIsThere() throws Exception {
        RocksStore store = new RocksStore(settings());
        Batch batch = new Batch();
        batch.put(Table.QUEUE, bytes("a"), bytes("1"));
        batch.put(Table.QUEUE, bytes("b"), bytes("2"));
        batch.put(Table.SESSION, bytes("b"), bytes("3"));
        batch.delete(Table.QUEUE, bytes("a"));
        Optional<StoreException> problem = commit(store, batch, Durability.DISK);
        store.close();

        RocksStore again = new RocksStore(settings());

        assertThat(problem).isEmpty();
        assertThat(rows(again, Table.QUEUE)).containsExactly("b=2");
        assertThat(again.get(Table.SESSION, bytes("b"))).isEqualTo(bytes("3"));
        assertThat(again.state()).isEqualTo(State.READY);
        System.out.println(again.status());
        again.close();
    }

    private Settings settings() {
        return new Settings(folder.resolve("store"), 0, 8 << 20, 16 << 20, 128, false);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> rows(RocksStore store, Table table) throws StoreException {
        List<String> rows = new ArrayList<>();
        store.read(table, new byte[0], null, (key, value) -> rows.add(new String(key) + "=" + new String(value)));
        return rows;
    }

    private static Optional<StoreException> commit(RocksStore store, Batch batch, Durability durability)
            throws Exception {
        CompletableFuture<Optional<StoreException>> ended = new CompletableFuture<>();
        store.commit(batch, durability, problem -> ended.complete(Optional.ofNullable(problem)));
        return ended.get(30, TimeUnit.SECONDS);
    }
}
