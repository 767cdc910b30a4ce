// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.StoreStatus;
import io.marquetry.api.store.Table;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.TickerType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A store in RocksDB: a folder, an engine, one thread that writes. Registered once {@link Opening} has opened it. */
@Component(immediate = true)
public final class RocksStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(RocksStore.class);
    private static final long CLOSE_MILLIS = 10_000;

    private final EngineRoom room;
    private final Commits commits = new Commits();
    private final Committer committer;
    private final LongAdder reads = new LongAdder();
    private final LongAdder rows = new LongAdder();

    /** Writes into an engine that is open. */
    @Activate
    public RocksStore(@Reference EngineRoom room) throws StoreException {
        if (!room.take()) {
            throw room.closed();
        }
        this.room = room;
        committer = new Committer(room, room.space(), commits);
        committer.start();
    }

    /** Opens it outside a container. */
    RocksStore(Settings settings) throws StoreException {
        this(Opening.open(null, settings));
    }

    /**
     * Writes what was handed over, if it can be done soon, and closes. Nothing is lost: who waits asks the next store.
     */
    @Deactivate
    void close() {
        if (committer.close(CLOSE_MILLIS)) {
            LOG.info("the store in {} is closed", room.path());
        } else {
            LOG.warn(
                    "the store in {} is still at work, because somebody reads from it or the disk hangs; it closes when"
                            + " that has ended, and cannot be opened before",
                    room.path());
        }
    }

    @Override
    public void read(Table table, byte[] from, byte @Nullable [] to, Reader reader) throws StoreException {
        reads.increment();
        try {
            room.use(engine -> {
                rows.add(engine.read(table, from, to, reader, room::isOpen));
                return null;
            });
        } catch (RocksDBException e) {
            throw unreadable(table, e);
        }
        if (!room.isOpen()) {
            throw room.closed(); // perhaps it was cut short
        }
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) throws StoreException {
        reads.increment();
        try {
            return room.use(engine -> engine.get(table, key));
        } catch (RocksDBException e) {
            throw unreadable(table, e);
        }
    }

    private StoreException unreadable(Table table, RocksDBException e) {
        return new StoreException(
                "the table " + table.label() + " of the store in " + room.path() + " cannot be read: " + e.getMessage()
                        + "; mqtt:store-verify tells what else is damaged, and a backup has it whole",
                e);
    }

    @Override
    public void commit(Batch batch, Durability durability, Consumer<@Nullable StoreException> done) {
        committer.commit(batch, durability, done);
    }

    @Override
    public State state() {
        return committer.state();
    }

    @Override
    public void onStateChange(Runnable changed) {
        committer.onStateChange(changed);
    }

    @Override
    public StoreStatus status() {
        SortedMap<String, Long> counters = new TreeMap<>();
        commits.tell(counters);
        counters.put("reads", reads.sum());
        counters.put("rows.read", rows.sum());
        counters.put("log.bytes", room.folder().logBytes());
        counters.put("stall.micros", room.ticker(TickerType.STALL_MICROS));
        counters.put("cache.hits", room.ticker(TickerType.BLOCK_CACHE_HIT));
        counters.put("cache.misses", room.ticker(TickerType.BLOCK_CACHE_MISS));
        counters.put("flush.bytes", room.ticker(TickerType.FLUSH_WRITE_BYTES));
        counters.put("compaction.bytes", room.ticker(TickerType.COMPACT_WRITE_BYTES));
        try {
            room.use(engine -> {
                counters.put("buffer.bytes", engine.sum("rocksdb.cur-size-all-mem-tables"));
                counters.put("compaction.pending.bytes", engine.sum("rocksdb.estimate-pending-compaction-bytes"));
                counters.put("keys.estimated", engine.sum("rocksdb.estimate-num-keys"));
                counters.put("files", (long) engine.files().size());
                return null;
            });
        } catch (RocksDBException | StoreException e) {
            LOG.debug("the engine told nothing", e);
        }
        return new StoreStatus(
                "RocksDB " + RocksDB.rocksdbVersion(),
                room.path().toString(),
                state(),
                committer.problem(),
                room.folder().bytes(),
                room.space().free(),
                commits.latency(),
                counters);
    }

    @Override
    public void verify(Consumer<String> problem) throws StoreException {
        Inspection.verify(room, problem);
    }

    @Override
    public void backup(Path folder) throws StoreException {
        Inspection.backup(room, folder);
    }
}
