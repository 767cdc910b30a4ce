// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Part;
import org.jspecify.annotations.Nullable;

/**
 * A delivery of a durable session. With QoS 1 and 2 it has a record in the store, or will have with the batch that
 * fills; with QoS 0 it only has its place between those that have.
 */
final class StoredDelivery extends Delivery {
    /** Stands for a message that lies in the store only. */
    private static final Publication ABSENT =
            Publication.of(new byte[0], new byte[0], new byte[0], 0, false, Publication.NEVER);

    private final long sequence;
    private final int charge;
    /** The message that it shares with other sessions in the store, or null. */
    @Nullable
    Body body;

    /** The batch that its record was put into, and where; 0 when it was committed before. */
    private long ticket;

    private int place;
    private @Nullable Part part;
    private boolean forgotten;
    /** The batch with its packet identifier, without which a QoS 2 message must not leave. */
    private long identifierTicket;

    StoredDelivery(
            Publication publication,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Subscription share,
            long sequence) {
        this(publication, publication.charge(), qos, retain, subscriptionIds, share, sequence);
    }

    private StoredDelivery(
            Publication publication,
            int charge,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Subscription share,
            long sequence) {
        super(publication, qos, retain, subscriptionIds, share);
        this.charge = charge;
        this.sequence = sequence;
    }

    /** One of which only the record is there; {@link #isAbsent} until it has been read. */
    static StoredDelivery absent(
            int charge, int qos, @Nullable Subscription share, long sequence, @Nullable Body body) {
        StoredDelivery delivery = new StoredDelivery(ABSENT, charge, qos, false, null, share, sequence);
        delivery.body = body;
        return delivery;
    }

    /** The same with another message in its place, which has no record yet. */
    StoredDelivery with(Publication other) {
        return new StoredDelivery(other, qos(), retain(), subscriptionIds(), share(), sequence);
    }

    /** Its place in the queue of its session; each is given out once. */
    long sequence() {
        return sequence;
    }

    /** Whether its message has to be read before it can be sent. */
    boolean isAbsent() {
        return publication() == ABSENT;
    }

    /** It was put into a batch. */
    void put(long itsTicket, int itsPlace, @Nullable Part itsPart) {
        ticket = itsTicket;
        place = itsPlace;
        part = itsPart;
    }

    long ticket() {
        return ticket;
    }

    int place() {
        return place;
    }

    /** The consignment that it waits for, or null. */
    @Nullable
    Part consigned() {
        if (part != null && part.isCommitted()) {
            part = null;
        }
        return part;
    }

    /** Whether its record can be read back from the store. */
    boolean isCommitted(Journal journal) {
        return consigned() == null && journal.isCommitted(ticket);
    }

    /** Its record is deleted, or will be. */
    void forgotten() {
        forgotten = true;
    }

    boolean isForgotten() {
        return forgotten;
    }

    /** Its packet identifier is noted in the batch that fills. */
    void identified(long itsTicket) {
        identifierTicket = itsTicket;
    }

    long identifierTicket() {
        return identifierTicket;
    }

    @Override
    int charge() {
        return charge;
    }

    @Override
    void keep(Budget.Ledger ledger) {
        if (!isAbsent()) {
            super.keep(ledger);
        }
    }

    @Override
    void letGo(Budget.Ledger ledger) {
        if (!isAbsent()) {
            super.letGo(ledger);
        }
    }
}
