// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.StoreStatus;
import io.marquetry.api.store.Table;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that commits when it is told to, and that can lose everything that was not committed: the model of
 * a disk. Its commits end on the thread that calls {@link #commit()}.
 */
public class HeapStore implements Store {
    private record Handed(Batch batch, Consumer<@Nullable StoreException> done) {}

    private final Map<Table, NavigableMap<byte[], byte[]>> tables = new EnumMap<>(Table.class);
    private final Map<Table, Long> written = new EnumMap<>(Table.class);
    private final ArrayDeque<Handed> waiting = new ArrayDeque<>();
    private volatile State state = State.READY;
    private Runnable changed = () -> {};
    private volatile @Nullable String unreadable;
    private long commits;

    public HeapStore() {
        for (Table table : Table.values()) {
            tables.put(table, new TreeMap<>(Arrays::compareUnsigned));
        }
    }

    // --- what a test does ---

    /** Commits everything that was handed over; returns whether there was anything. */
    public boolean commit() {
        boolean any = false;
        for (int left = pending(); left > 0; left--) {
            any |= commitNext();
        }
        return any;
    }

    /** Commits the oldest batch that was handed over, if there is one and the state allows. */
    public boolean commitNext() {
        Handed next;
        synchronized (this) {
            next = state == State.READY ? waiting.poll() : null;
            if (next == null) {
                return false;
            }
            apply(next.batch);
            commits++;
        }
        next.done.accept(null);
        return true;
    }

    /** Fails the oldest batch that was handed over. */
    public void fail(String why) {
        Handed next;
        synchronized (this) {
            next = waiting.remove();
        }
        next.done.accept(new StoreException(why));
    }

    /** How many batches wait. */
    public synchronized int pending() {
        return waiting.size();
    }

    /** How many batches were committed. */
    public synchronized long commits() {
        return commits;
    }

    /** Another state from now on. */
    public void become(State its) {
        state = its;
        changed.run();
    }

    /** A value is not what it was written as any more: one of a table, in order. */
    public synchronized void spoil(Table table, int index) {
        byte[] key = rows(table).keySet().stream().skip(index).findFirst().orElseThrow();
        rows(table).put(key, new byte[] {99, 99});
    }

    /** Nothing can be read any more, or with null everything again. */
    public void unreadable(@Nullable String why) {
        unreadable = why;
    }

    /** How many values were ever written to a table. */
    public synchronized long written(Table table) {
        return written.getOrDefault(table, 0L);
    }

    /** How many keys a table has. */
    public synchronized int size(Table table) {
        return rows(table).size();
    }

    /**
     * What a next broker finds after this one was killed: everything that was committed, and of what was handed over
     * each batch or not, as chance wills, for nobody was told.
     */
    public synchronized HeapStore afterCrash(Random random) {
        HeapStore next = new HeapStore();
        tables.forEach((table, rows) -> next.rows(table).putAll(rows));
        for (Handed handed : waiting) {
            if (random.nextBoolean()) {
                next.apply(handed.batch);
            } else {
                break; // a log is cut off, it has no holes
            }
        }
        waiting.clear();
        return next;
    }

    private NavigableMap<byte[], byte[]> rows(Table table) {
        return java.util.Objects.requireNonNull(tables.get(table));
    }

    private void apply(Batch batch) {
        batch.forEach((table, kind, bytes, key, keyLength, value, valueLength) -> {
            byte[] from = Arrays.copyOfRange(bytes, key, key + keyLength);
            byte[] to = Arrays.copyOfRange(bytes, value, value + valueLength);
            switch (kind) {
                case PUT -> {
                    rows(table).put(from, to);
                    written.merge(table, 1L, Long::sum);
                }
                case DELETE -> rows(table).remove(from);
                case DELETE_RANGE -> rows(table).subMap(from, true, to, false).clear();
            }
        });
    }

    // --- what the broker asks ---

    @Override
    public void read(Table table, byte[] from, byte @Nullable [] to, Reader reader) throws StoreException {
        String why = unreadable;
        if (why != null) {
            throw new StoreException(why);
        }
        NavigableMap<byte[], byte[]> range;
        synchronized (this) {
            NavigableMap<byte[], byte[]> rows = rows(table);
            range = new TreeMap<>(to == null ? rows.tailMap(from, true) : rows.subMap(from, true, to, false));
        }
        for (Map.Entry<byte[], byte[]> row : range.entrySet()) {
            if (!reader.read(row.getKey().clone(), row.getValue().clone())) {
                return;
            }
        }
    }

    @Override
    public synchronized byte @Nullable [] get(Table table, byte[] key) {
        byte[] value = rows(table).get(key);
        return value == null ? null : value.clone();
    }

    @Override
    public synchronized void commit(Batch batch, Durability durability, Consumer<@Nullable StoreException> done) {
        waiting.add(new Handed(batch, done));
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public void onStateChange(Runnable its) {
        changed = its;
    }

    @Override
    public synchronized StoreStatus status() {
        return new StoreStatus(
                "heap",
                "nowhere",
                state,
                "",
                0,
                Long.MAX_VALUE,
                new StoreStatus.Histogram(new long[] {1}, new long[] {commits, 0}, 0),
                new TreeMap<>(Map.of("commits", commits)));
    }

    @Override
    public void verify(Consumer<String> problem) {
        // There are no checksums in memory.
    }

    @Override
    public void backup(Path folder) {
        throw new UnsupportedOperationException("a store in memory makes no copies");
    }
}
