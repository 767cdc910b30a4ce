// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.Store.State;
import io.marquetry.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes. It takes all that was handed over meanwhile, writes it at once, tells everybody, and
 * begins again: nobody waits for company, and under load one write to the disk serves all. It also decides what state
 * the store is in, and is the only one who opens the engine again and closes it.
 */
final class Committer implements Runnable {
    private record Handed(Batch batch, Durability durability, Consumer<@Nullable StoreException> done, long since) {}

    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
    /** One write is not made longer than this by those who join. */
    private static final int MOST_BYTES = 4 << 20;

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long TIDY_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** How long what was handed over may still be written when the store is to be closed. */
    private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final EngineRoom room;
    private final Space space;
    private final Commits commits;
    private final Queue<Handed> queue = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this, "marquetry-store-writer");

    private volatile State state = State.READY;
    private volatile String problem = "";
    private volatile Runnable changed = () -> {};
    private volatile boolean parked;
    private volatile boolean closing;
    private volatile boolean closed;
    private volatile long lastMoment;

    // of the thread
    private final List<Handed> taken = new ArrayList<>();
    private final Group group = new Group();
    private long looked = System.nanoTime() - LOOK_NANOS;
    private long tidied = System.nanoTime();
    private long free;
    private boolean torn;

    Committer(EngineRoom room, Space space, Commits commits) {
        this.room = room;
        this.space = space;
        this.commits = commits;
        thread.setDaemon(true);
    }

    /** Begins; called once. */
    void start() {
        thread.start();
    }

    /** Hands over; any thread. */
    void commit(Batch batch, Durability durability, Consumer<@Nullable StoreException> done) {
        commits.waiting.incrementAndGet();
        queue.add(new Handed(batch, durability, done, System.nanoTime()));
        if (closed) {
            failWaiting(); // the thread may have looked for the last time before
        } else if (parked) {
            LockSupport.unpark(thread);
        }
    }

    State state() {
        return state;
    }

    /** Why nothing is written, or an empty text. */
    String problem() {
        return problem;
    }

    void onStateChange(Runnable its) {
        changed = its;
    }

    /**
     * Writes what was handed over, if that can be done soon, fails the rest and closes the engine.
     *
     * @return whether the engine is closed; else the thread still hangs in it, and closes it when it can
     */
    boolean close(long millis) {
        lastMoment = System.nanoTime() + LAST_NANOS;
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    @Override
    public void run() {
        try {
            while (!isOver()) {
                try {
                    step();
                } catch (RuntimeException | Error e) {
                    // Out of memory, say. Whether the group was written is not known, so nothing may follow it.
                    LOG.error("the store's thread failed", e);
                    breakDown(e.toString());
                }
            }
        } finally {
            closed = true;
            taken.forEach(this::failClosed);
            taken.clear();
            failWaiting();
            room.close();
        }
    }

    private boolean isOver() {
        return closing && (System.nanoTime() - lastMoment > 0 || (taken.isEmpty() && queue.isEmpty()));
    }

    private void step() {
        take();
        look();
        if (state == State.BROKEN) {
            StoreException why = new StoreException(problem);
            taken.forEach(each -> end(each, why));
            taken.clear();
            rest();
        } else if (torn || space.isGone(free)) {
            LockSupport.parkNanos(LOOK_NANOS / 4);
        } else if (taken.isEmpty()) {
            rest();
        } else {
            write();
        }
    }

    /** What is written next. Who was taken once stays until he is answered: the order is never changed. */
    private void take() {
        if (!taken.isEmpty()) {
            return;
        }
        int bytes = 0;
        for (Handed next = queue.poll(); next != null; next = queue.poll()) {
            taken.add(next);
            bytes += next.batch.length();
            if (bytes >= MOST_BYTES) {
                return;
            }
        }
    }

    private void rest() {
        parked = true;
        if (queue.isEmpty() && !closing) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        parked = false;
    }

    private void write() {
        boolean sync = false;
        group.begin(room.families());
        for (Handed each : taken) {
            sync |= each.durability == Durability.DISK;
            each.batch.forEach(group);
        }
        long begun = System.nanoTime();
        if (group.changes() > 0) {
            try {
                room.write(group.toBytes(), sync);
            } catch (RocksDBException e) {
                commits.failed(sync);
                failed(e);
                return;
            }
        }
        long now = System.nanoTime();
        commits.wrote(group, sync, now - begun);
        free -= group.length();
        if (state == State.READY && space.isLow(free)) {
            looked = now - LOOK_NANOS; // at this pace the disk may be full before the next look
        }
        if (state == State.READY) {
            tidied = now; // it is done when nobody writes, or when there is no room
        }
        for (Handed each : taken) {
            commits.committed(each.since, now);
            end(each, null);
        }
        taken.clear();
    }

    private void failed(RocksDBException e) {
        if (isNoSpace(e)) {
            // What the engine did with the group is not known before its log was read again; so it is opened again
            // before the group is written once more.
            torn = true;
            free = space.free();
            fill(free);
        } else {
            LOG.debug("the engine's error", e);
            breakDown(String.valueOf(e.getMessage()));
        }
    }

    static boolean isNoSpace(RocksDBException e) {
        Status status = e.getStatus();
        return (status != null && status.getSubCode() == Status.SubCode.NoSpace)
                || NotYetException.isNoSpace(e.getMessage());
    }

    /** Once a second: how much room there is, and whether the log can be cut short. */
    private void look() {
        long now = System.nanoTime();
        if (now - looked < LOOK_NANOS) {
            return;
        }
        looked = now;
        free = space.free();
        if (state == State.READY && space.isLow(free)) {
            fill(free);
        } else if (state == State.FULL && space.isEnough(free) && space.probe() && openAgain()) {
            become(State.READY, "");
            LOG.info("the store in {} has room again, {} bytes, and goes on", room.path(), free);
        }
        if (now - tidied > TIDY_NANOS && !torn && state != State.BROKEN) {
            tidied = now;
            room.tidy(state == State.FULL);
        }
    }

    private boolean openAgain() {
        if (!torn) {
            return true;
        }
        try {
            room.reopen();
            torn = false;
            return true;
        } catch (StoreException e) {
            if (e.getCause() instanceof RocksDBException cause && isNoSpace(cause)) {
                return false;
            }
            breakDown(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void fill(long room) {
        if (state == State.FULL) {
            return;
        }
        commits.full();
        String why = "the disk of " + this.room.path() + " is full: " + room
                + " bytes are free; make room there, the store goes on by itself";
        become(State.FULL, why); // before the line: who reads it may rely on it
        LOG.error("{}; until then nothing is acknowledged that must be kept", why);
    }

    private void breakDown(String why) {
        if (state == State.BROKEN) {
            return;
        }
        String sentence = "the store in " + room.path() + " could not write: " + why
                + "; it is not known what the disk holds, so nothing is written any more:"
                + " restart the broker after checking the disk";
        become(State.BROKEN, sentence);
        LOG.error("{}", sentence);
    }

    private void become(State its, String why) {
        problem = why;
        state = its;
        try {
            changed.run();
        } catch (RuntimeException e) {
            LOG.error("who was told of the store's state failed", e);
        }
    }

    private void failWaiting() {
        for (Handed next = queue.poll(); next != null; next = queue.poll()) {
            failClosed(next);
        }
    }

    private void failClosed(Handed each) {
        end(each, new StoreException("the store in " + room.path() + " was closed before this was written"));
    }

    private void end(Handed each, @Nullable StoreException why) {
        commits.waiting.decrementAndGet();
        try {
            each.done.accept(why);
        } catch (RuntimeException e) {
            LOG.error("who waited for a commit failed", e);
        }
    }
}
