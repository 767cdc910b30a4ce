// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Timeout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one loop wants to survive. While one batch is under way to the store the next one fills, so that many changes
 * share a write to the disk, and what is taken back before it was handed over is never written. Everything on the loop.
 *
 * <p>A batch has a number, the ticket: who has noted something asks for {@link #ticket} and waits until it
 * {@link #isCommitted}. The batches of one loop are committed in order; those of different loops are not.
 */
public final class Journal {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    /** Bytes that are not committed, above which nobody new may add to them. */
    private static final int CROWDED = 8 << 20;

    private static final long RETRY_MILLIS = 1000;
    /** A store that is well may take so long for a commit, however short the time for which a client is to wait. */
    private static final long SLOW_MILLIS = 5000;

    private final Journals journals;
    private final Home home;
    private final LongSupplier holdMillis;
    private final Hold hold = new Hold();
    private final Retry retry = new Retry();
    private Batch filling = new Batch();
    private Batch underWay = new Batch();
    private List<Note> notes = new ArrayList<>();
    private List<SharedNote> shared = new ArrayList<>(1);
    private List<SharedNote> sharedUnderWay = List.of();
    private List<Waiter> waiting = new ArrayList<>();
    private List<Waiter> waitingUnderWay = new ArrayList<>();
    private long changes;
    private long committed;
    private boolean busy;
    private boolean handed;
    /** Whether a store that has not answered may still read {@link #underWay}. */
    private boolean stranded;

    private boolean scheduled;
    /** Since when {@link #underWay} is, or since when those who waited for it were sent away. */
    private long waitedSince;
    /** When it was handed to {@link #taker}. */
    private long handedAt;
    /** The store that {@link #underWay} was handed to. */
    private @Nullable Store taker;

    Journal(Journals journals, Home home, LongSupplier holdMillis) {
        this.journals = journals;
        this.home = home;
        this.holdMillis = holdMillis;
    }

    Home home() {
        return home;
    }

    /** The journal of another loop. */
    Journal of(Home other) {
        return journals.of(other);
    }

    /** Whether what is noted is to survive; else nothing needs to be noted and nobody waits. */
    public boolean isKept() {
        return journals.areKept();
    }

    /** Whether what needs the store can be accepted now: it takes commits, and is not far behind. */
    public boolean isReady() {
        return !isStuck() && !isCrowded();
    }

    /** Whether the store takes no commits now: it is gone, full or broken, or does not answer. */
    public boolean isStuck() {
        return isUnable() || journals.isSilent();
    }

    private boolean isUnable() {
        Store store = journals.store();
        return store == null || store.state() != Store.State.READY;
    }

    /**
     * Whether the store takes no commits now and it makes no sense to wait for it: it says so itself, or it has been
     * away for longer than the update of an extension takes.
     */
    public boolean isLost() {
        Store store = journals.store(); // read once: another one may come meanwhile
        return store == null
                ? journals.patienceMillis() <= 0
                : store.state() != Store.State.READY || journals.isSilent();
    }

    /** As {@link #isLost}, for what takes messages out: a full store has room for that for a while, and needs it. */
    public boolean isLostToSubscribers() {
        Store store = journals.store();
        return store == null
                ? journals.patienceMillis() <= 0
                : store.state() == Store.State.BROKEN || journals.isSilent();
    }

    /** Whether so much waits to be committed that its sources should pause. */
    public boolean isCrowded() {
        return bytes() > CROWDED;
    }

    /** How many bytes are not committed. */
    public int bytes() {
        int bytes = filling.length() + (busy ? underWay.length() : 0);
        for (SharedNote note : shared) {
            bytes += note.bytes();
        }
        return bytes;
    }

    // --- noting ---

    /** Sets a value. Returns its place, for {@link #cancel}, which goes with the {@link #ticket} of now. */
    public int put(Table table, byte[] key, byte[] value) {
        changed();
        return filling.put(table, key, value);
    }

    /** Removes a key. */
    public void delete(Table table, byte[] key) {
        changed();
        filling.delete(table, key);
    }

    /** Removes every key of a range. */
    public void deleteRange(Table table, byte[] from, byte[] to) {
        changed();
        filling.deleteRange(table, from, to);
    }

    /** Notes what others have collected. */
    public void append(Batch batch) {
        changed();
        filling.append(batch);
    }

    /** Has something written with the batch that fills now; to be called once for each batch. */
    public void note(Note note) {
        changed();
        notes.add(note);
    }

    /** As {@link #note(Note)}, for what other loops change too; may be called again for each change. */
    public void note(SharedNote note) {
        changed();
        if (!shared.contains(note)) {
            shared.add(note);
        }
    }

    /**
     * Takes back what was put, unless it was handed over already.
     *
     * @param ticket the ticket when it was put
     * @param place what {@link #put} returned
     * @return whether it will never be written, so that it need not be deleted
     */
    public boolean cancel(long ticket, int place) {
        if (ticket != ticket()) {
            return false;
        }
        filling.cancel(place);
        return true;
    }

    /** How often something was noted so far: tells whether a step noted anything. */
    public long changes() {
        return changes;
    }

    // --- waiting ---

    /** The number of the batch that fills now. */
    public long ticket() {
        return committed + (busy ? 2 : 1);
    }

    /** Whether everything survives that was noted under a ticket; ticket 0 is nothing. */
    public boolean isCommitted(long ticket) {
        return ticket <= committed || (ticket == ticket() && !fills());
    }

    /** Whether there is something in the batch that fills, and not all of it was taken back. */
    private boolean fills() {
        return !filling.isEmpty() || !notes.isEmpty() || !shared.isEmpty();
    }

    /** Calls back when all survives that was noted until now; at once when it does already. */
    public void whenCommitted(Waiter waiter) {
        whenCommitted(fills() ? ticket() : ticket() - 1, waiter);
    }

    /** Calls back when all survives that was noted under a ticket; at once when it does already. */
    public void whenCommitted(long ticket, Waiter waiter) {
        if (isCommitted(ticket)) {
            waiter.ended(true);
        } else if (busy && ticket == committed + 1) {
            waitingUnderWay.add(waiter);
        } else {
            waiting.add(waiter);
        }
    }

    // --- committing ---

    private void changed() {
        assert home.loop().inLoop();
        changes++;
        if (!scheduled && !busy) {
            scheduled = true;
            // Behind what the loop has read in this turn, so that all of it shares a batch.
            home.loop().execute(this::handOver);
        }
    }

    private void handOver() {
        scheduled = false;
        if (busy) {
            return;
        }
        if (!fills() && waiting.isEmpty()) {
            filling.clear(); // all that was put was taken back
            return;
        }
        Batch next = stranded ? new Batch() : underWay;
        stranded = false;
        underWay = filling;
        filling = next;
        filling.clear();
        List<Waiter> none = waitingUnderWay;
        waitingUnderWay = waiting;
        waiting = none;
        List<Note> written = notes;
        notes = new ArrayList<>();
        sharedUnderWay = shared;
        shared = new ArrayList<>(1);
        busy = true;
        waitedSince = home.now();
        written.forEach(note -> note.write(underWay));
        if (underWay.isEmpty() && sharedUnderWay.isEmpty()) {
            long number = committed + 1;
            handed = true; // everything was taken back
            home.loop().execute(() -> ended(number, null, null));
        } else {
            look();
        }
    }

    private void commit(Store store) {
        handed = true;
        handedAt = home.now();
        taker = store;
        try {
            if (sharedUnderWay.isEmpty()) {
                hand(store);
            } else {
                journals.inOrder(() -> {
                    writeShared();
                    hand(store);
                });
            }
        } catch (RuntimeException | LinkageError e) {
            failed(store, e); // an extension that is being taken away
        }
    }

    private void hand(Store store) {
        long number = committed + 1;
        store.commit(
                underWay, journals.durability(), problem -> home.mailbox().post(() -> ended(number, store, problem)));
    }

    /**
     * For a batch that is handed over once more they are written once more, behind what they were: batches of other
     * journals may have come to the store since, and be newer than what this one says.
     */
    private void writeShared() {
        if (stranded) {
            Batch again = new Batch(underWay.length());
            again.append(underWay);
            underWay = again;
            stranded = false;
        }
        sharedUnderWay.forEach(note -> note.write(underWay));
    }

    private void ended(long number, @Nullable Store by, @Nullable StoreException problem) {
        if (number != committed + 1 || !handed || by != taker) {
            return; // of a store that is gone, and whose batch another one has taken
        }
        journals.answered();
        if (by != null && problem != null) {
            failed(by, problem);
            return;
        }
        handed = false;
        taker = null;
        busy = false;
        committed++;
        List<Waiter> done = waitingUnderWay;
        waitingUnderWay = new ArrayList<>();
        // The next batch goes to the disk while those who waited for this one are told.
        handOver();
        done.forEach(waiter -> waiter.ended(true));
    }

    private void failed(Store by, Throwable problem) {
        long more = journals.failures.pass();
        if (more >= 0) {
            LOG.error(
                    "what is to survive could not be written, it waits and is tried again: {} ({} more such lines held"
                            + " back)",
                    problem.getMessage(),
                    more);
        }
        strand();
        if (by.state() == Store.State.READY) {
            home.timers().set(retry, RETRY_MILLIS); // it is about to go, or says that it is broken in a moment
        }
        watch();
    }

    /** The batch is not under way any more; whether the store still reads it is not known, so it is not used again. */
    private void strand() {
        handed = false;
        taker = null;
        stranded = true;
    }

    /** The store has come, has gone, or is in another state. */
    void look() {
        Store store = journals.store();
        if (handed && taker != null && taker != store) {
            strand(); // what it has done with the batch is not known, and doing it twice is no harm
        }
        if (busy && !handed && store != null && store.state() != Store.State.BROKEN) {
            commit(store);
        }
        watch();
    }

    /** Nobody is to wait too long for the batch under way. A timer that is set serves later ones too. */
    private void watch() {
        if (busy && (!hold.isSet() || isUnable())) {
            home.timers().set(hold, Math.max(0, patience() - (home.now() - waitedSince)));
        }
    }

    /** For how long the batch under way may be waited for; a store that is replaced is waited for. */
    private long patience() {
        long millis = holdMillis.getAsLong();
        Store store = journals.store();
        if (store == null) {
            return Math.max(millis, home.now() - waitedSince + journals.patienceMillis());
        }
        return store.state() == Store.State.READY ? Math.max(millis, SLOW_MILLIS) : millis;
    }

    private final class Retry extends Timeout {
        @Override
        protected void expired() {
            look();
        }
    }

    /** Nobody waits for ever for a store that cannot write, or does not answer. */
    private final class Hold extends Timeout {
        @Override
        protected void expired() {
            if (!busy || home.now() - waitedSince < patience()) {
                watch(); // the batch that it was set for is committed
                return;
            }
            if (handed && taker != null && !isUnable()) {
                journals.silent(handedAt);
            }
            waitedSince = home.now();
            List<Waiter> lost = waitingUnderWay;
            waitingUnderWay = new ArrayList<>();
            lost.addAll(waiting);
            waiting = new ArrayList<>();
            lost.forEach(waiter -> waiter.ended(false));
            watch();
        }
    }
}
