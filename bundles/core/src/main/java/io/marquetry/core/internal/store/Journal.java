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

    private final Journals journals;
    private final Home home;
    private final LongSupplier holdMillis;
    private final Hold hold = new Hold();
    private Batch filling = new Batch();
    private Batch underWay = new Batch();
    private List<Note> notes = new ArrayList<>();
    private List<SharedNote> shared = new ArrayList<>(1);
    private List<SharedNote> sharedUnderWay = new ArrayList<>(1);
    private List<Waiter> waiting = new ArrayList<>();
    private List<Waiter> waitingUnderWay = new ArrayList<>();
    private long changes;
    private long committed;
    private boolean busy;
    private boolean handed;
    private boolean scheduled;
    private boolean holding;
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

    /** Whether what is noted is to survive; else nothing needs to be noted and nobody waits. */
    public boolean isKept() {
        return journals.areKept();
    }

    /** Whether the store takes no commits now, or is far behind: what needs it should not be accepted. */
    public boolean isStuck() {
        Store store = journals.store();
        return store == null || store.state() != Store.State.READY || isCrowded();
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
        return ticket <= committed;
    }

    /** Calls back when all survives that was noted until now; at once when it does already. */
    public void whenCommitted(Waiter waiter) {
        if (isAnyNoted()) {
            waiting.add(waiter);
        } else if (busy) {
            waitingUnderWay.add(waiter);
        } else {
            waiter.ended(true);
        }
    }

    private boolean isAnyNoted() {
        return !filling.isEmpty() || !notes.isEmpty() || !shared.isEmpty();
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
        if (busy || (!isAnyNoted() && waiting.isEmpty())) {
            return;
        }
        Batch next = underWay;
        underWay = filling;
        filling = next;
        filling.clear();
        List<Waiter> none = waitingUnderWay;
        waitingUnderWay = waiting;
        waiting = none;
        List<Note> written = notes;
        notes = new ArrayList<>();
        List<SharedNote> noneShared = sharedUnderWay;
        sharedUnderWay = shared;
        shared = noneShared;
        shared.clear();
        busy = true;
        written.forEach(note -> note.write(underWay));
        commit();
    }

    private void commit() {
        if (underWay.isEmpty() && sharedUnderWay.isEmpty()) {
            // Everything was taken back.
            ended(null, null);
            return;
        }
        Store store = journals.store();
        if (store == null || store.state() == Store.State.BROKEN) {
            look();
            return;
        }
        handed = true;
        taker = store;
        if (sharedUnderWay.isEmpty()) {
            hand(store);
        } else {
            journals.inOrder(() -> {
                sharedUnderWay.forEach(note -> note.write(underWay));
                hand(store);
            });
        }
    }

    private void hand(Store store) {
        store.commit(underWay, journals.durability(), problem -> home.mailbox().post(() -> ended(store, problem)));
    }

    /**
     * The batch goes to a store once more. Batches of other journals may have been committed since, so that what they
     * share is written again as it is then, behind what it was; and the store before may still read the old batch.
     */
    private void commitAgain() {
        if (!sharedUnderWay.isEmpty()) {
            Batch again = new Batch(underWay.length());
            again.append(underWay);
            underWay = again;
        }
        commit();
    }

    private void ended(@Nullable Store by, @Nullable StoreException problem) {
        if (!busy || by != taker) {
            return; // a store that is gone and whose batch another one has taken
        }
        handed = false;
        taker = null;
        if (problem != null) {
            LOG.error("what is to survive could not be written; it waits for a store: {}", problem.getMessage());
            look();
            return;
        }
        busy = false;
        committed++;
        List<Waiter> done = waitingUnderWay;
        waitingUnderWay = new ArrayList<>();
        if (holding) {
            holding = false;
            home.timers().cancel(hold);
        }
        done.forEach(waiter -> waiter.ended(true));
        handOver();
        look();
    }

    /** The store has come, has gone, or is in another state. */
    void look() {
        Store store = journals.store();
        boolean takes = store != null && store.state() != Store.State.BROKEN;
        if (handed && taker != store) {
            handed = false; // what it has done with the batch is not known, and doing it twice is no harm
            taker = null;
        }
        if (busy && !handed && takes) {
            commitAgain();
        }
        boolean stuck = busy && (store == null || store.state() != Store.State.READY);
        if (stuck && !holding) {
            holding = true;
            home.timers().set(hold, holdMillis.getAsLong());
        }
    }

    /** Nobody waits for ever for a store that cannot write. */
    private final class Hold extends Timeout {
        @Override
        protected void expired() {
            holding = false;
            Store store = journals.store();
            if (!busy || (store != null && store.state() == Store.State.READY)) {
                return;
            }
            List<Waiter> lost = waitingUnderWay;
            waitingUnderWay = new ArrayList<>();
            lost.addAll(waiting);
            waiting = new ArrayList<>();
            lost.forEach(waiter -> waiter.ended(false));
            look();
        }
    }
}
