// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.RateLimitedLog;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The journals of all loops, and the store that they share while there is one. Callable from any thread. */
public final class Journals {
    private final Journal[] journals;
    private final Object order = new Object();
    private volatile @Nullable Store store;
    private volatile @Nullable Durability durability;
    private volatile long goneAt;
    /** Of commits; one line for all loops. */
    final RateLimitedLog failures;

    private final LongSupplier clock;
    private final LongSupplier updateMillis;

    /**
     * @param holdMillis for how long who waits for a store that cannot write is left waiting
     * @param updateMillis for how long a store is away while its extension is replaced: it is waited for
     */
    public Journals(List<Home> homes, LongSupplier holdMillis, LongSupplier updateMillis) {
        this.clock = homes.get(0)::now;
        this.updateMillis = updateMillis;
        this.failures = new RateLimitedLog(clock);
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
        if (its == null) {
            goneAt = clock.getAsLong();
        }
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

    /** For how much longer a store that is not there is waited for; only asked while there is none. */
    long patienceMillis() {
        return goneAt + updateMillis.getAsLong() - clock.getAsLong();
    }

    /** Completes when all survives that every loop has noted until now, or cannot for too long. */
    public CompletionStage<?> committed() {
        return CompletableFuture.allOf(Arrays.stream(journals)
                .map(journal -> {
                    CompletableFuture<Boolean> done = new CompletableFuture<>();
                    journal.home().mailbox().post(() -> journal.whenCommitted(done::complete));
                    return done;
                })
                .toArray(CompletableFuture[]::new));
    }

    /** Whether what is noted is to survive. */
    public boolean areKept() {
        return durability != null;
    }

    /** What a commit outlives; only asked when {@link #areKept}. */
    public Durability durability() {
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
