// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import static io.marquetry.store.rocksdb.Stores.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same at random to a store and to sorted maps: they must answer the same, also after the store was opened again.
 */
class StoreModelTest {
    private static final Table[] TABLES = Table.values();

    private final Map<Table, NavigableMap<byte[], byte[]>> model = new EnumMap<>(Table.class);

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void givenRandomBatches_whenRead_thenTheStoreIsAsItsModel(long seed) throws Exception {
        Random random = new Random(seed);
        for (Table table : TABLES) {
            model.put(table, new TreeMap<>(Arrays::compareUnsigned));
        }
        RocksStore store = new RocksStore(settings(temp));
        List<CompletableFuture<Optional<StoreException>>> under = new ArrayList<>();

        for (int step = 0; step < 2000; step++) {
            Batch batch = batch(random);
            apply(batch);
            under.add(Stores.handOver(store, batch, random.nextInt(20) == 0 ? Durability.DISK : Durability.OS));
            if (random.nextInt(30) == 0) {
                ended(under);
                compare(store, random);
            }
            if (random.nextInt(400) == 0) {
                ended(under);
                store.close();
                store = new RocksStore(settings(temp));
            }
        }

        ended(under);
        for (Table table : TABLES) {
            compare(store, table, new byte[0], null);
        }
        store.verify(problem -> {
            throw new AssertionError(problem);
        });
        store.close();
    }

    private static void ended(List<CompletableFuture<Optional<StoreException>>> under) throws Exception {
        for (CompletableFuture<Optional<StoreException>> each : under) {
            assertThat(each.get(60, TimeUnit.SECONDS)).isEmpty();
        }
        under.clear();
    }

    private static Batch batch(Random random) {
        Batch batch = new Batch();
        for (int left = random.nextInt(20); left >= 0; left--) {
            Table table = TABLES[random.nextInt(TABLES.length)];
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> batch.delete(table, key(random));
                case 4 -> {
                    byte[] one = key(random);
                    byte[] other = key(random);
                    boolean inOrder = Arrays.compareUnsigned(one, other) <= 0;
                    batch.deleteRange(table, inOrder ? one : other, inOrder ? other : one);
                }
                case 5 -> batch.cancel(batch.put(table, key(random), new byte[10]));
                default -> {
                    byte[] value = new byte[random.nextInt(10) == 0 ? random.nextInt(60_000) : random.nextInt(200)];
                    random.nextBytes(value);
                    batch.put(table, key(random), value);
                }
            }
        }
        return batch;
    }

    private static byte[] key(Random random) {
        byte[] key = new byte[random.nextInt(3)];
        random.nextBytes(key);
        return key;
    }

    private NavigableMap<byte[], byte[]> rows(Table table) {
        return Objects.requireNonNull(model.get(table));
    }

    private void apply(Batch batch) {
        batch.forEach((table, kind, bytes, key, keyLength, value, valueLength) -> {
            byte[] from = Arrays.copyOfRange(bytes, key, key + keyLength);
            byte[] to = Arrays.copyOfRange(bytes, value, value + valueLength);
            switch (kind) {
                case PUT -> rows(table).put(from, to);
                case DELETE -> rows(table).remove(from);
                case DELETE_RANGE -> rows(table).subMap(from, true, to, false).clear();
            }
        });
    }

    private void compare(RocksStore store, Random random) throws StoreException {
        Table table = TABLES[random.nextInt(TABLES.length)];
        byte[] key = key(random);
        assertThat(store.get(table, key)).isEqualTo(rows(table).get(key));
        byte[] other = key(random);
        if (random.nextBoolean()) {
            compare(store, table, key, null);
        } else if (Arrays.compareUnsigned(key, other) <= 0) {
            compare(store, table, key, other);
        }
    }

    private void compare(RocksStore store, Table table, byte[] from, byte[] to) throws StoreException {
        NavigableMap<byte[], byte[]> expected =
                to == null ? rows(table).tailMap(from, true) : rows(table).subMap(from, true, to, false);
        List<byte[]> keys = new ArrayList<>();
        store.read(table, from, to, (key, value) -> {
            keys.add(key);
            assertThat(value).isEqualTo(expected.get(key));
            return true;
        });
        assertThat(keys).containsExactlyElementsOf(expected.keySet());
    }
}
