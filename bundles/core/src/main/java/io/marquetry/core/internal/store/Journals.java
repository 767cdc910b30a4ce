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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The journals of all loops, and the store that they share while there is one. Callable from any thread. */
public final class Journals {
    private static final Logger LOG = LoggerFactory.getLogger(Journals.class);
    private static final long MINUTE_MILLIS = 60_000;

    private final Journal[] journals;
    private final Object order = new Object();
    private volatile @Nullable Store store;
    private volatile @Nullable Durability durability;
    private volatile long goneAt;
    /** Since when the store has not answered; below 0 while it does. */
    private volatile long silentSince = -1;
    /** Of commits; one line for all loops. */
    final RateLimitedLog failures;

    private final RateLimitedLog silences;
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
        this.silences = new RateLimitedLog(clock, MINUTE_MILLIS);
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
        silentSince = -1;
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

    /** The store has a batch since then, says that it is well, and does not answer: the disk hangs, say. */
    synchronized void silent(long since) {
        if (silentSince < 0 || since < silentSince) {
            silentSince = since;
        }
        if (silences.pass() >= 0) {
            LOG.error(
                    "{}; until it does, nothing is acknowledged that must be kept, and who waits for that is closed",
                    silence());
        }
    }

    /** A store has answered. */
    void answered() {
        if (silentSince >= 0) {
            endSilence();
        }
    }

    private synchronized void endSilence() {
        if (silentSince >= 0) {
            LOG.info("the disk answers again, after {} s", (clock.getAsLong() - silentSince) / 1000);
            silentSince = -1;
        }
    }

    /** Whether the store has not answered for so long that it makes no sense to wait for it. */
    public boolean isSilent() {
        return silentSince >= 0;
    }

    /** Why nothing is acknowledged while {@link #isSilent}, in one sentence. */
    public String silence() {
        return "the disk has not answered for " + (clock.getAsLong() - silentSince) / 1000
                + " s, though the store says that it is ready: look whether the disk hangs";
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
