// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.store.Batch;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.store.Note;
import io.marquetry.core.internal.store.Part;
import io.marquetry.core.internal.store.Waiter;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What a session notes so that it survives the broker, on its loop. Only durable sessions have one. */
final class Durable implements Note, Waiter {
    /** Up to so many keys are deleted one by one: ranges make later reads slower. */
    private static final int ONE_BY_ONE = 64;

    private final Session session;
    private final Shelf shelf;
    private final long number;
    private long sequences;
    private boolean windowNoted;
    private boolean windowKept;
    private boolean waiting;
    private boolean ended;

    Durable(Session session, Shelf shelf, long number) {
        this.session = session;
        this.shelf = shelf;
        this.number = number;
    }

    long number() {
        return number;
    }

    Shelf shelf() {
        return shelf;
    }

    // --- the session ---

    /** Notes how the session is now. */
    void session(SessionRecord record) {
        shelf.put(Table.SESSION, Keys.of(number), record.write());
    }

    /** Notes how a subscription is now; what its parameters are is told by {@link SubscriptionRecord}. */
    void subscribed(Subscription subscription, long owedUpTo, @Nullable String sent) {
        shelf.put(
                Table.SUBSCRIPTION,
                Keys.of(number, subscription.filter().text()),
                SubscriptionRecord.write(subscription, owedUpTo, sent));
    }

    void unsubscribed(Subscription subscription) {
        shelf.delete(Table.SUBSCRIPTION, Keys.of(number, subscription.filter().text()));
    }

    /**
     * The session has ended: nothing of it is left but what its queue takes away itself.
     *
     * @param subscriptions those it had
     * @param inbox how many QoS 2 messages were received and not released
     */
    void end(Collection<Subscription> subscriptions, int inbox) {
        ended = true;
        shelf.delete(Table.SESSION, Keys.of(number));
        if (subscriptions.size() > ONE_BY_ONE) {
            shelf.deleteAll(Table.SUBSCRIPTION, number);
        } else {
            subscriptions.forEach(this::unsubscribed);
        }
        if (windowKept) {
            shelf.delete(Table.INFLIGHT, Keys.of(number));
        }
        if (inbox > 0) {
            shelf.deleteAll(Table.INBOX, number);
        }
    }

    /** The session has ended and something in its queue is for others: it stays in the store as one that has ended. */
    void unsettled() {
        shelf.put(
                Table.SESSION,
                Keys.of(number),
                SessionRecord.ended(number, session.createdAt(), null).write());
    }

    /** All of that is where it belongs. */
    void settled() {
        shelf.delete(Table.SESSION, Keys.of(number));
    }

    // --- its messages ---

    /** The place of the next message. */
    long nextSequence() {
        return ++sequences;
    }

    void sequencesUpTo(long sequence) {
        sequences = Math.max(sequences, sequence);
    }

    void keep(StoredDelivery delivery, @Nullable Part part) {
        shelf.keep(delivery, number, part);
    }

    void forget(Delivery delivery) {
        if (delivery instanceof StoredDelivery stored) {
            shelf.forget(stored, number);
        }
    }

    /** Forgets everything in the queue, whatever it is; not what is in a consignment still. */
    void forgetQueue() {
        shelf.deleteAll(Table.QUEUE, number);
    }

    boolean isCommitted(StoredDelivery delivery) {
        return delivery.isCommitted(shelf.journal());
    }

    /** Whether a QoS 2 message may leave: its packet identifier survives. */
    boolean isIdentified(StoredDelivery delivery) {
        return shelf.journal().isCommitted(delivery.identifierTicket());
    }

    // --- reading them back ---

    /** Reads a page of the queue. */
    void read(long first, long last, int most, Pages.Taker taker) {
        session.pages().read(number, first, last, most, session.home().mailbox()::post, taker);
    }

    /** What was read. */
    StoredDelivery delivery(Pages.Entry entry) {
        QueueRecord record = entry.record();
        StoredDelivery delivery = new StoredDelivery(
                entry.message(),
                record.qos(),
                record.retain(),
                record.subscriptionIds(),
                session.share(record.share()),
                entry.sequence());
        delivery.body = entry.body();
        return delivery;
    }

    /** The queue cannot be read: nothing is delivered, and nothing of it is given up. */
    void unreadable(StoreException problem) {
        session.pages().failed(session, problem);
        Link link = session.link();
        if (link != null) {
            link.end(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
        }
    }

    /** Messages that the session has by all accounts are not in the store. */
    void lost(int count) {
        session.pages().lost(session, count);
    }

    // --- its packet identifiers ---

    /** They were changed in a way that has to survive; returns the ticket. */
    long noteWindow() {
        if (!windowNoted) {
            windowNoted = true;
            shelf.journal().note(this);
        }
        return shelf.journal().ticket();
    }

    /** The store has a window of this session. */
    void windowKept() {
        windowKept = true;
    }

    @Override
    public void write(Batch batch) {
        windowNoted = false;
        if (ended) {
            return;
        }
        byte[] window = session.windowRecord();
        if (window != null) {
            batch.put(Table.INFLIGHT, Keys.of(number), window);
        } else if (windowKept) {
            batch.delete(Table.INFLIGHT, Keys.of(number));
        }
        windowKept = window != null;
    }

    // --- waiting ---

    /** Looks again when what was noted until now survives. */
    void await() {
        if (!waiting && !ended) {
            waiting = true;
            shelf.journal().whenCommitted(this);
        }
    }

    @Override
    public void ended(boolean survives) {
        waiting = false;
        if (!ended) {
            session.committed(); // who still waits after that asks again
        }
    }
}
