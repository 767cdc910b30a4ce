// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.StatsLevel;
import org.rocksdb.TickerType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the engine runs. Many may use it at once; it is exchanged and closed only when nobody does, for the engine does
 * not survive a use after that, and the JVM neither.
 */
final class EngineRoom {
    /** What is done with the engine while it cannot be closed. */
    interface Use<T> {
        @Nullable
        T with(Engine engine) throws RocksDBException, StoreException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(EngineRoom.class);
    /** Worth a flush when nobody writes, and when there is no room. */
    private static final long LONG_LOG = 16L << 20;

    private static final long LONG_LOG_WHEN_FULL = 1L << 20;

    private final Settings settings;
    private final StoreFolder folder;
    private final Space space;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final Statistics statistics = new Statistics();
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();
    private @Nullable Engine engine;
    private volatile boolean reopening;
    private volatile boolean closing;
    private boolean closed;

    /**
     * Takes the folder and opens its engine, or makes both.
     *
     * @throws NotYetException when it may be tried again
     * @throws StoreException when that would not help
     */
    static EngineRoom open(Settings settings) throws StoreException {
        long begun = System.nanoTime();
        StoreFolder folder = StoreFolder.take(settings.path());
        try {
            EngineRoom room = new EngineRoom(settings, folder, new Space(settings.path(), settings.minFreeBytes()));
            LOG.info(
                    "the store in {} is open, {} bytes; that took {} ms",
                    settings.path(),
                    folder.bytes(),
                    (System.nanoTime() - begun) / 1_000_000);
            return room;
        } catch (IOException e) {
            folder.close();
            throw Access.denied(settings.path(), e);
        } catch (StoreException | RuntimeException | Error e) {
            folder.close();
            throw e;
        }
    }

    private EngineRoom(Settings settings, StoreFolder folder, Space space) throws StoreException {
        this.settings = settings;
        this.folder = folder;
        this.space = space;
        statistics.setStatsLevel(StatsLevel.EXCEPT_DETAILED_TIMERS);
        try {
            engine = folder.open(settings, statistics);
        } catch (StoreException | RuntimeException | Error e) {
            statistics.close();
            throw e;
        }
    }

    Path path() {
        return settings.path();
    }

    StoreFolder folder() {
        return folder;
    }

    Space space() {
        return space;
    }

    /** Whoever takes it has to close it; only the first one can. */
    boolean take() {
        return taken.compareAndSet(false, true);
    }

    /** Whether who reads may go on. */
    boolean isOpen() {
        return !closing;
    }

    /**
     * Does something with the engine.
     *
     * @throws StoreException when there is none any more
     */
    <T> @Nullable T use(Use<T> use) throws RocksDBException, StoreException {
        enter();
        try {
            Engine its = engine;
            if (its == null || closing) {
                throw closed();
            }
            return use.with(its);
        } finally {
            inUse.readLock().unlock();
        }
    }

    /**
     * Passes who waits to close it: not to have to wait too, for those who are still inside, only to find it closed.
     */
    private void enter() {
        if (reopening || !inUse.readLock().tryLock()) {
            inUse.readLock().lock();
        }
    }

    StoreException closed() {
        return new StoreException("the store in " + path() + " is closed");
    }

    // --- what the writing thread does, which is the one that closes ---

    Map<Table, Integer> families() {
        Engine its = engine;
        return its == null ? Map.of() : its.families();
    }

    void write(byte[] group, boolean sync) throws RocksDBException {
        Engine its = engine;
        if (its == null) {
            throw new RocksDBException("it could not be opened again");
        }
        its.write(group, sync);
    }

    /** Opens it again, as after an error of the disk; who reads meanwhile waits. */
    void reopen() throws StoreException {
        reopening = true; // nobody passes it, or under many reads its turn would not come
        inUse.writeLock().lock();
        try {
            closeEngine();
            engine = folder.open(settings, statistics);
        } finally {
            reopening = false;
            inUse.writeLock().unlock();
        }
    }

    /**
     * Has the log written into sorted files when it has become long: deleted messages take room as long as it is there.
     */
    void tidy(boolean full) {
        Engine its = engine;
        if (its != null && folder.logBytes() > (full ? LONG_LOG_WHEN_FULL : LONG_LOG)) {
            try {
                its.flush(false);
            } catch (RocksDBException e) {
                LOG.debug("a flush did not begin; the next write will tell why", e);
            }
        }
    }

    /** Closes it; who is inside leaves first, and nobody comes in. */
    void close() {
        closing = true;
        inUse.writeLock().lock();
        try {
            closeEngine();
            if (!closed) {
                closed = true;
                statistics.close();
                folder.close();
            }
        } finally {
            inUse.writeLock().unlock();
        }
    }

    private void closeEngine() {
        Engine its = engine;
        engine = null; // first, for whatever happens it is not used any more
        if (its != null) {
            its.close();
        }
    }

    /** What the engine counts by itself. */
    long ticker(TickerType type) {
        enter();
        try {
            return closed ? 0 : statistics.getTickerCount(type);
        } finally {
            inUse.readLock().unlock();
        }
    }
}
