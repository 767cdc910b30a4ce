// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.Table;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Statistics;
import org.rocksdb.TablePropertiesCollectorFactory;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB while it is open: a column family for each table. Whoever calls it sees to it that it is not closed
 * meanwhile; a call after that ends the JVM.
 */
final class Engine implements AutoCloseable {
    /** What has to be closed, the last one first. */
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();

    private final RocksDB db;
    private final Map<Table, ColumnFamilyHandle> families = new EnumMap<>(Table.class);
    private final Map<Table, Integer> numbers = new EnumMap<>(Table.class);
    private final WriteOptions written;
    private final WriteOptions synced;
    private final ReadOptions single;

    /**
     * Opens it, or makes it in an empty folder.
     *
     * @param statistics what it counts into
     * @param skip whether to go on behind records of the log that cannot be read, or that are not there
     */
    Engine(Settings settings, Statistics statistics, boolean skip) throws RocksDBException {
        try {
            written = own(new WriteOptions());
            synced = own(new WriteOptions().setSync(true));
            single = own(new ReadOptions());
            Cache cache = own(new LRUCache(settings.cacheBytes()));
            BlockBasedTableConfig files = Tuning.files(cache, own(new BloomFilter(10)));
            TablePropertiesCollectorFactory deletions =
                    own(TablePropertiesCollectorFactory.NewCompactOnDeletionCollectorFactory(10_000, 5_000, 0.5));
            DBOptions options = own(Tuning.store(settings, skip));
            options.setLogger(own(new EngineLog())).setStatistics(statistics);
            List<ColumnFamilyDescriptor> wanted = new ArrayList<>();
            for (Table table : Table.values()) {
                ColumnFamilyOptions its = own(Tuning.family(table, settings, files, deletions));
                wanted.add(new ColumnFamilyDescriptor(table.label().getBytes(StandardCharsets.UTF_8), its));
            }
            // RocksDB wants it to be there; nothing is in it.
            wanted.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, own(new ColumnFamilyOptions())));
            List<ColumnFamilyHandle> opened = new ArrayList<>();
            db = own(RocksDB.open(options, settings.path().toString(), wanted, opened));
            opened.forEach(this::own);
            Iterator<ColumnFamilyHandle> next = opened.iterator();
            for (Table table : Table.values()) {
                ColumnFamilyHandle its = next.next();
                families.put(table, its);
                numbers.put(table, its.getID());
            }
        } catch (RocksDBException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T own(T its) {
        owned.push(its);
        return its;
    }

    private ColumnFamilyHandle family(Table table) {
        return Objects.requireNonNull(families.get(table));
    }

    /** The number of the column family of each table. */
    Map<Table, Integer> families() {
        return numbers;
    }

    /** Writes a group; when it returns, the system has it, with {@code sync} the disk has it. */
    void write(byte[] group, boolean sync) throws RocksDBException {
        try (WriteBatch batch = new WriteBatch(group)) {
            db.write(sync ? synced : written, batch);
        }
    }

    byte @Nullable [] get(Table table, byte[] key) throws RocksDBException {
        return db.get(family(table), single, key);
    }

    /**
     * Reads a range.
     *
     * @param goOn asked before each row
     * @return how many rows were read
     */
    long read(Table table, byte[] from, byte @Nullable [] to, Store.Reader reader, BooleanSupplier goOn)
            throws RocksDBException {
        long rows = 0;
        try (ReadOptions options = new ReadOptions();
                Slice end = to == null ? null : new Slice(to)) {
            // What is read in a row is read once: it must not drive out what is read often.
            options.setFillCache(false);
            if (end != null) {
                // So that what was deleted behind the range is not looked through.
                options.setIterateUpperBound(end);
            }
            try (RocksIterator row = db.newIterator(family(table), options)) {
                for (row.seek(from); row.isValid() && goOn.getAsBoolean(); row.next()) {
                    rows++;
                    if (!reader.read(row.key(), row.value())) {
                        return rows;
                    }
                }
                row.status();
            }
        }
        return rows;
    }

    /** A number that the engine knows, of all tables together. */
    long sum(String property) {
        try {
            return db.getAggregatedLongProperty(property);
        } catch (RocksDBException e) {
            return 0;
        }
    }

    /** The sorted files as they are now. */
    List<LiveFileMetaData> files() {
        return db.getLiveFilesMetaData();
    }

    /**
     * Writes what is in memory into sorted files, so that the log can go.
     *
     * @param wait until that is done
     */
    void flush(boolean wait) throws RocksDBException {
        try (FlushOptions options = new FlushOptions().setWaitForFlush(wait).setAllowWriteStall(false)) {
            db.flush(options, List.copyOf(families.values()));
        }
    }

    /** Makes a copy, with links where the file system allows; the folder must not exist. */
    void copy(Path folder) throws RocksDBException {
        try (Checkpoint checkpoint = Checkpoint.create(db)) {
            checkpoint.createCheckpoint(folder.toString());
        }
    }

    @Override
    public void close() {
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("closing RocksDB failed", e);
            }
        }
    }
}
