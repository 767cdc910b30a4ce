// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.Timeout;
import io.marquetry.core.internal.session.Pages.Page;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a session that has ended leaves in the store and somebody else has a share in: messages of shared subscriptions
 * go to other members, and messages that other queues refer to lose a reference. It is read page by page; until then it
 * counts as queued.
 */
final class Estate extends Timeout implements Pages.Taker {
    private static final long RETRY_MILLIS = 500;

    /** Messages between two sequences: some of them, or with null all. */
    private record Lot(
            long first, long last, int count, @Nullable Set<Long> some) {}

    private final Session session;
    private final Durable durable;
    private final Consumer<Delivery> shared;
    private final Counters counters;
    private final ArrayDeque<Lot> lots = new ArrayDeque<>(2);
    private final Set<Long> inFlight = new HashSet<>(0);
    private long from;
    private int left;

    /** @param shared hands a message of a shared subscription on */
    Estate(Session session, Durable durable, Consumer<Delivery> shared) {
        this.session = session;
        this.durable = durable;
        this.shared = shared;
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
        return count;
    }

    private void begin() {
        Lot lot = lots.peek();
        if (lot != null) {
            from = lot.first;
            left = lot.count;
            goOn(lot);
        }
    }

    private void goOn(Lot lot) {
        durable.read(from, lot.last, Pages.MOST, this);
    }

    @Override
    public void read(Page page) {
        Lot lot = lots.element();
        for (Pages.Entry entry : page.entries()) {
            if (lot.some != null && !lot.some.contains(entry.sequence())) {
                continue;
            }
            left--;
            counters.add(Metric.FATE_QUEUED, -1);
            StoredDelivery delivery = durable.delivery(entry);
            if (delivery.share() != null) {
                shared.accept(delivery);
            } else {
                counters.add(Metric.FATE_DROPPED_SESSION_ENDED);
                counters.add(Metric.DELIVERY_DROPPED);
            }
            durable.forget(delivery);
        }
        from = page.end() + 1;
        if (!page.isLast()) {
            goOn(lot);
            return;
        }
        ended(Metric.FATE_DROPPED_UNREADABLE);
        if (left > 0) {
            durable.lost(left);
        }
        lots.remove();
        begin();
    }

    private void ended(Metric fate) {
        counters.add(Metric.FATE_QUEUED, -left);
        counters.add(fate, left);
        counters.add(Metric.DELIVERY_DROPPED, left);
    }

    /** What is left in the store is found by the next recovery. */
    @Override
    public void failed(StoreException problem) {
        durable.unreadable(problem);
        while (!lots.isEmpty()) {
            ended(Metric.FATE_DROPPED_SESSION_ENDED);
            lots.remove();
            left = lots.isEmpty() ? 0 : lots.element().count;
        }
    }

    @Override
    public void gone() {
        session.home().timers().set(this, RETRY_MILLIS);
    }

    @Override
    protected void expired() {
        goOn(lots.element());
    }
}
