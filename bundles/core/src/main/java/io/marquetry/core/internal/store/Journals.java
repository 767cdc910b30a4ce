// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.core.internal.loop.Home;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The journals of all loops, and the store that they share while there is one. Callable from any thread. */
public final class Journals {
    private final Journal[] journals;
    private final Object order = new Object();
    private volatile @Nullable Store store;
    private volatile @Nullable Durability durability;

    /** @param holdMillis for how long who waits for a store that cannot write is left waiting */
    public Journals(List<Home> homes, java.util.function.LongSupplier holdMillis) {
        this.journals =
                homes.stream().map(home -> new Journal(this, home, holdMillis)).toArray(Journal[]::new);
    }

    /** The journal of a loop. */
    public Journal of(Home home) {
        return journals[home.index()];
    }

    /**
     * From now on what is noted is to survive. Called once, when everything was read from the store and before clients
     * are let in; without it the broker keeps what it has in memory, and nobody waits for anything.
     */
    public void begin(Store first, Durability itsDurability) {
        durability = itsDurability;
        store(first);
    }

    /** Another store, in place of none; or none, for a while. */
    public void store(@Nullable Store its) {
        store = its;
        if (its != null) {
            its.onStateChange(this::look);
        }
        look();
    }

    /** The store, or null when there is none now. */
    public @Nullable Store store() {
        return store;
    }

    /** Whether what is noted is to survive. */
    public boolean areKept() {
        return durability != null;
    }

    /** What a commit outlives; only asked when {@link #areKept}. */
    Durability durability() {
        Durability its = durability;
        if (its == null) {
            throw new IllegalStateException("expected begin() before anything is committed");
        }
        return its;
    }

    /** Hands over what several journals change, so that it comes to the store in the order in which it was read. */
    void inOrder(Runnable handOver) {
        synchronized (order) {
            handOver.run();
        }
    }

    private void look() {
        for (Journal journal : journals) {
            journal.home().mailbox().post(journal::look);
        }
    }
}
