// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.config.Durability;
import io.marquetry.core.internal.store.Layout;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which store the broker keeps its state in, and from when on. Decided once, when the extensions have settled and
 * before the door opens: with a store everything is read from it first, and there is no way back to memory. Callable
 * from any thread.
 */
final class StoreChoice {
    private static final Logger LOG = LoggerFactory.getLogger(StoreChoice.class);

    private enum State {
        /** The extensions have not settled. */
        STARTING,
        /** There must be a store, and there is none. */
        WAITING,
        /** It is being read. */
        RECOVERING,
        /** What was read cannot be taken back, and not all could be read. */
        FAILED,
        KEPT,
        MEMORY,
        /** The broker has ended. */
        ENDED
    }

    private final Broker broker;
    private final Durability durability;
    private final KnownStore known;
    private final Executor executor;
    private final Runnable open;
    private State state = State.STARTING;
    private @Nullable Store store;
    /** Whose store it is, or was: another one's has other data in it. */
    private @Nullable String owner;

    /**
     * @param known which store it was last
     * @param executor reads the store, which takes its time
     * @param open called once, when clients may come
     */
    StoreChoice(Broker broker, Durability durability, KnownStore known, Executor executor, Runnable open) {
        this.broker = broker;
        this.durability = durability;
        this.known = known;
        this.executor = executor;
        this.open = open;
    }

    /** The extensions that are required have settled. */
    void settled() {
        synchronized (this) {
            if (state != State.STARTING) {
                return;
            }
            state = State.WAITING;
        }
        decide();
    }

    /** A store is there. */
    void added(Store its, String itsOwner) {
        boolean replaces;
        synchronized (this) {
            if (state == State.ENDED) {
                return;
            }
            if (state == State.MEMORY) {
                LOG.warn(
                        "the store of {} came while the broker runs with its state in memory: {}",
                        itsOwner,
                        durability == Durability.MEMORY ? "durability = memory" : "it is used from the next start on");
                return;
            }
            boolean chosen = state != State.STARTING && state != State.WAITING;
            if (store != null || (chosen && !itsOwner.equals(owner))) {
                LOG.warn("the store of {} is not used: the state of this broker is in that of {}", itsOwner, owner);
                return;
            }
            store = its;
            owner = itsOwner;
            replaces = state == State.KEPT;
        }
        if (replaces) {
            again(its, itsOwner);
        } else {
            decide();
        }
    }

    /**
     * A store in the place of the one that has gone. Not under the lock: it is read, which takes its time, and it may
     * go meanwhile.
     */
    private void again(Store its, String itsOwner) {
        try {
            known.check(its);
            Layout.check(its, known::keep);
        } catch (StoreException e) {
            LOG.error("what is to survive waits for a store, this one cannot be used: {}", e.getMessage());
            return;
        } catch (RuntimeException | LinkageError e) {
            LOG.error("what is to survive waits for a store, this one failed, perhaps since it is about to go", e);
            return;
        }
        synchronized (this) {
            if (store != its || state != State.KEPT) {
                return;
            }
            broker.journals().store(its);
        }
        LOG.info("the store of {} is there again", itsOwner);
    }

    /** A store goes; its methods are not called any more once the loops have finished their turns. */
    synchronized void removed(Store its) {
        if (store != its) {
            return;
        }
        store = null;
        if (state == State.KEPT) {
            LOG.warn("the store of {} is gone: what it has to keep waits for it, or is refused", owner);
            broker.journals().store(null);
        }
    }

    /** Whether the broker's state is in a store, or will be if there is one. */
    synchronized boolean isPossible() {
        return durability != Durability.MEMORY && state != State.MEMORY;
    }

    /** The broker ends: it does not matter any more which stores come and go. */
    synchronized void end() {
        state = State.ENDED;
    }

    private void decide() {
        Store its;
        Store.Durability wanted;
        synchronized (this) {
            if (state != State.WAITING) {
                return;
            }
            its = store;
            wanted = durability.ofStore();
            if (its == null && durability.needsStore()) {
                LOG.error(
                        "listeners stay closed: durability = {} needs a store, and there is none; put the jar of one"
                                + " into deploy/, such as that of store.rocksdb, or set durability = memory in"
                                + " conf/io.marquetry.core.mqtt.cfg and start again",
                        durability == Durability.OS ? "os" : "disk");
                return;
            }
            state = its == null || wanted == null ? State.MEMORY : State.RECOVERING;
        }
        if (its == null || wanted == null) {
            open.run();
            return;
        }
        Store from = its;
        Store.Durability what = wanted;
        executor.execute(() -> recover(from, what));
    }

    private void recover(Store its, Store.Durability what) {
        long began = System.nanoTime();
        try {
            known.check(its);
            var unused = broker.recover(its, what, known::keep)
                    .whenCompleteAsync(
                            (done, problem) -> {
                                if (problem == null) {
                                    recovered(its, what, began);
                                } else {
                                    failed(problem);
                                }
                            },
                            executor);
        } catch (StoreException | RuntimeException | LinkageError e) {
            failed(e);
        }
    }

    private void failed(Throwable problem) {
        LOG.error(
                "listeners stay closed, the store of {} cannot be used: {}; put it right, or its last backup in its"
                        + " place, and start the broker again",
                owner,
                problem.getMessage(),
                problem);
        synchronized (this) {
            state = State.FAILED;
        }
    }

    private void recovered(Store its, Store.Durability what, long began) {
        LOG.info(
                "everything was read from the store of {} in {} ms; what is acknowledged survives the end of {}",
                owner,
                (System.nanoTime() - began) / 1_000_000,
                what == Store.Durability.OS ? "the process" : "the power");
        Store now;
        String itsOwner;
        synchronized (this) {
            state = State.KEPT;
            now = store;
            itsOwner = owner;
            if (now != its) {
                broker.journals().store(null);
            }
        }
        if (now != null && now != its && itsOwner != null) {
            again(now, itsOwner);
        }
        open.run();
    }
}
