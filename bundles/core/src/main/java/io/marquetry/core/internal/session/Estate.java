// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.session.Pages.Page;
import io.marquetry.core.internal.store.Consignment;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Part;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a durable session that has ended leaves and somebody else has a share in: messages of shared subscriptions go to
 * other members, and messages that other queues refer to lose a reference. What lies in the store is read page by page;
 * until then it counts as queued. As long as something is left the store knows the session as one that has ended: the
 * next broker would settle the rest.
 */
final class Estate implements Pages.Taker {
    /** Messages between two sequences: some of them, or with null all. */
    private record Lot(
            long first, long last, int count, @Nullable Set<Long> some) {}

    private final ApplicationMessages session;
    private final Durable durable;
    private final Journal journal;
    private final Counters counters;
    private final ArrayDeque<Lot> lots = new ArrayDeque<>(2);
    private final Set<Long> inFlight = new HashSet<>(0);
    /** Messages that go to others, which is not committed yet; and one for whoever finds them right now. */
    private int leaving = 1;

    /** Those of them that wait for a store that takes commits. */
    private final ArrayDeque<StoredDelivery> held = new ArrayDeque<>(0);

    private boolean reading;
    /** Something stays in the store, and is for the next broker. */
    private boolean unsettled;

    /** The store knows that something is left. */
    private boolean noted;

    private long from;
    private int left;

    Estate(ApplicationMessages session, Durable durable) {
        this.session = session;
        this.durable = durable;
        this.journal = session.journal();
        this.counters = session.home().counters();
    }

    /** A message that was in flight when the broker ended, and was not read since. */
    void add(StoredDelivery absent) {
        inFlight.add(absent.sequence());
    }

    void add(Backlog backlog) {
        lots.add(new Lot(backlog.first(), backlog.last(), backlog.stored(), null));
    }

    /** Begins; returns how many are looked at later. */
    int settle() {
        if (!inFlight.isEmpty()) {
            long first = inFlight.stream().mapToLong(Long::longValue).min().orElseThrow();
            long last = inFlight.stream().mapToLong(Long::longValue).max().orElseThrow();
            lots.add(new Lot(first, last, inFlight.size(), inFlight));
        }
        int count = lots.stream().mapToInt(Lot::count).sum();
        begin();
        left();
        return count;
    }

    // --- from one member to another ---

    /**
     * Hands a message on. Its record goes with the batch that brings it to the queue of another member: it is in one of
     * the two whenever the broker ends.
     */
    void handOn(StoredDelivery delivery) {
        leaving++;
        Part part = delivery.consigned();
        if (part == null) {
            move(delivery);
        } else {
            part.whenCommitted(() -> move(delivery));
        }
    }

    private void move(StoredDelivery delivery) {
        if (journal.isStuck()) { // what follows in the other queue should not wait for the store
            hold(delivery);
            return;
        }
        Consignment receipt = new Consignment(session.home(), journal, its -> durable.forget(delivery));
        receipt.whenOver(survives -> left());
        session.redispatch(delivery, receipt);
    }

    private void left() {
        leaving--;
        goOn();
    }

    // --- what lies in the store ---

    private void begin() {
        Lot lot = lots.peek();
        if (lot != null) {
            from = lot.first;
            left = lot.count;
        }
    }

    /** Reads the next page when nothing of the last one is under way any more, and ends when there is none. */
    private void goOn() {
        if (leaving > 0 || reading) {
            note();
            return;
        }
        Lot lot = lots.peek();
        if (lot != null) {
            note();
            reading = true;
            durable.read(from, lot.last, Pages.MOST, this);
        } else if (noted && !unsettled) {
            durable.settled();
        }
    }

    private void note() {
        if (!noted) {
            noted = true;
            durable.unsettled();
        }
    }

    @Override
    public void read(Page page) {
        reading = false;
        leaving++;
        Lot lot = lots.element();
        for (Pages.Entry entry : page.entries()) {
            if (lot.some != null && !lot.some.contains(entry.sequence())) {
                continue;
            }
            left--;
            counters.add(Metric.FATE_QUEUED, -1);
            StoredDelivery delivery = durable.delivery(entry);
            if (delivery.share() != null) {
                handOn(delivery);
            } else {
                counters.add(Metric.FATE_DROPPED_SESSION_ENDED);
                counters.add(Metric.DELIVERY_DROPPED);
                durable.forget(delivery);
            }
        }
        from = page.end() + 1;
        if (page.isLast()) {
            ended(Metric.FATE_DROPPED_UNREADABLE);
            if (left > 0) {
                durable.lost(left);
            }
            lots.remove();
            begin();
        }
        left();
    }

    private void ended(Metric fate) {
        counters.add(Metric.FATE_QUEUED, -left);
        counters.add(fate, left);
        counters.add(Metric.DELIVERY_DROPPED, left);
    }

    @Override
    public void failed(StoreException problem) {
        reading = false;
        unsettled = true;
        durable.unreadable(problem);
        while (!lots.isEmpty()) {
            ended(Metric.FATE_DROPPED_SESSION_ENDED);
            lots.remove();
            left = lots.isEmpty() ? 0 : lots.element().count;
        }
    }

    // --- while there is no store, or it takes nothing ---

    @Override
    public void gone() {
        session.storeWatch().whenThere(() -> {
            reading = false;
            goOn();
        });
    }

    private void hold(StoredDelivery delivery) {
        if (held.isEmpty()) {
            session.storeWatch().whenTaking(this::moveHeld);
        }
        held.add(delivery);
    }

    /** Returns how many messages were looked at; those that are held again keep their order. */
    private int moveHeld() {
        List<StoredDelivery> all = List.copyOf(held);
        held.clear();
        all.forEach(this::move);
        return all.size();
    }
}
