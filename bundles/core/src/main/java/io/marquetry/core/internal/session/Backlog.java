// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.session.Pages.Page;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits behind the queue in memory of a durable session: messages that lie in the store only, those that will as
 * soon as they are committed, and QoS 0 messages, which are never written. Each has a sequence, and they go on to the
 * queue in its order.
 */
final class Backlog implements Pages.Taker {
    private final ApplicationMessages session;
    private final Waiting waiting;
    private final Durable durable;
    private final Budget.Ledger ledger;

    // In memory, each in order.
    private ArrayDeque<StoredDelivery> fresh = new ArrayDeque<>(2);
    private @Nullable ArrayDeque<StoredDelivery> unkept;

    // In the store only: how many, and between which sequences; messages of the queue in memory are not between them.
    private int stored;
    private long storedBytes;
    private long first;
    private long last;
    /** How many of them came by a shared subscription, or share their message with other sessions. */
    private int special;

    // While a page is read.
    private boolean reading;
    private long readingUpTo;

    Backlog(ApplicationMessages session, Waiting waiting, Durable durable) {
        this.session = session;
        this.waiting = waiting;
        this.durable = durable;
        this.ledger = session.home().ledger();
    }

    boolean isEmpty() {
        return size() == 0;
    }

    int size() {
        return stored + fresh.size() + (unkept == null ? 0 : unkept.size());
    }

    /** What those are charged with that lie in the store only. */
    long storedBytes() {
        return storedBytes;
    }

    /** How many lie in the store only. */
    int stored() {
        return stored;
    }

    /** So many lie in the store since a broker before us. */
    void restore(int count, long itsBytes, long itsFirst, long itsLast, int itsSpecial) {
        stored = count;
        storedBytes = itsBytes;
        first = itsFirst;
        last = itsLast;
        special = itsSpecial;
    }

    /** One more, behind all others; it is charged already. */
    void add(StoredDelivery delivery) {
        if (delivery.qos() == 0) {
            unkept().add(delivery);
        } else {
            fresh.add(delivery);
            durable.await();
        }
    }

    private ArrayDeque<StoredDelivery> unkept() {
        ArrayDeque<StoredDelivery> its = unkept;
        if (its == null) {
            its = new ArrayDeque<>(2);
            unkept = its;
        }
        return its;
    }

    /** The whole queue waits behind itself: nobody is there to send it to. */
    void takeBack(Queue<Delivery> queue) {
        ArrayDeque<StoredDelivery> laterFresh = fresh;
        ArrayDeque<StoredDelivery> laterUnkept = unkept;
        fresh = new ArrayDeque<>(2);
        unkept = null;
        for (Delivery delivery : queue) {
            if (delivery instanceof StoredDelivery its) {
                (its.qos() == 0 ? unkept() : fresh).add(its);
            }
        }
        queue.clear();
        fresh.addAll(laterFresh);
        if (laterUnkept != null) {
            unkept().addAll(laterUnkept);
        }
        letGo();
    }

    /** Lets go of what is committed: from now on it lies in the store only. */
    void letGo() {
        StoredDelivery next;
        while ((next = fresh.peek()) != null) {
            if (reading && next.sequence() <= readingUpTo) {
                return; // the page that is being read does not expect it
            }
            if (!durable.isCommitted(next)) {
                if (next.consigned() == null) {
                    durable.await();
                }
                return;
            }
            fresh.poll();
            next.letGo(ledger);
            first = stored == 0 ? next.sequence() : Math.min(first, next.sequence());
            last = stored == 0 ? next.sequence() : Math.max(last, next.sequence());
            stored++;
            storedBytes += next.charge();
            special += isSpecial(next) ? 1 : 0;
        }
    }

    private static boolean isSpecial(StoredDelivery delivery) {
        return delivery.share() != null || delivery.body != null;
    }

    // --- on to the queue ---

    /**
     * Moves what comes next to the queue in memory, or has it read.
     *
     * @param most up to how many
     */
    void goOn(Queue<Delivery> queue, int most) {
        if (stored > 0) {
            read(Math.min(Pages.MOST, most));
            return;
        }
        while (queue.size() < most && moveBefore(queue, Long.MAX_VALUE)) {
            // one after the other
        }
    }

    /** Moves the next in memory if it comes before a sequence. */
    private boolean moveBefore(Queue<Delivery> queue, long sequence) {
        StoredDelivery next = peek();
        if (next == null || next.sequence() >= sequence) {
            return false;
        }
        poll(next);
        queue.add(next);
        return true;
    }

    private @Nullable StoredDelivery peek() {
        StoredDelivery kept = fresh.peek();
        StoredDelivery other = unkept == null ? null : unkept.peek();
        return kept == null || (other != null && other.sequence() < kept.sequence()) ? other : kept;
    }

    private void poll(StoredDelivery next) {
        if (next.qos() > 0) {
            fresh.poll();
        } else {
            unkept().poll();
        }
    }

    /** Takes the oldest of all away, when it is in memory. */
    @Nullable
    StoredDelivery pollOldest() {
        StoredDelivery oldest = peek();
        if (oldest == null || (stored > 0 && first < oldest.sequence())) {
            return null;
        }
        poll(oldest);
        return oldest;
    }

    // --- reading ---

    /** Has the next page read, unless one is. */
    void read(int most) {
        if (!reading && stored > 0) {
            reading = true;
            readingUpTo = last;
            durable.read(first, last, Math.max(1, most), this);
        }
    }

    boolean isReading() {
        return reading;
    }

    @Override
    public void read(Page page) {
        reading = false;
        if (session.hasEnded()) {
            return;
        }
        int came = 0;
        long cameBytes = 0;
        Set<Long> inFlight = waiting.inFlightFrom(first);
        for (Pages.Entry entry : page.entries()) {
            if (inFlight.contains(entry.sequence())) {
                continue;
            }
            StoredDelivery delivery = durable.delivery(entry);
            came++;
            while (moveBefore(waiting.queue(), delivery.sequence())) {
                // what is in memory and older goes first
            }
            special -= isSpecial(delivery) ? 1 : 0;
            cameBytes += delivery.charge();
            delivery.keep(ledger);
            waiting.queue().add(delivery);
        }
        stored -= came;
        storedBytes -= cameBytes;
        first = page.end() + 1;
        if (page.isLast() && first > last && stored != 0) {
            lost();
        }
        letGo();
        waiting.hasRead();
    }

    /** The store has fewer than were counted. */
    private void lost() {
        waiting.lost(stored, storedBytes);
        stored = 0;
        storedBytes = 0;
        special = 0;
    }

    @Override
    public void failed(StoreException problem) {
        reading = false;
        durable.unreadable(problem);
    }

    @Override
    public void gone() {
        session.storeWatch().whenThere(() -> {
            reading = false;
            waiting.readAgain();
        });
    }

    // --- the end ---

    /**
     * The session ends.
     *
     * @param inMemory gets each that is in memory
     * @param estate gets those in the store only if they have to be looked at one by one
     */
    void end(Consumer<Delivery> inMemory, Estate estate) {
        if (stored > 0 && special > 0) {
            estate.add(this);
        } else if (stored > 0) {
            durable.forgetQueue();
        }
        fresh.forEach(inMemory);
        fresh.clear();
        if (unkept != null) {
            unkept.forEach(inMemory);
            unkept.clear();
        }
    }

    long first() {
        return first;
    }

    long last() {
        return last;
    }
}
