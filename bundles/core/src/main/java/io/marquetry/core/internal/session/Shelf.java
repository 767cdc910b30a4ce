// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.Table;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Part;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the durable sessions of one loop put what is to survive, on that loop. A message that several of them keep is
 * put once, unless it is so short that a reference would save nothing.
 */
final class Shelf {
    static final byte[] ALIVE = "alive".getBytes(StandardCharsets.UTF_8);
    private static final long ALIVE_MILLIS = 10_000;
    /** A broker that runs has told that it is alive within so many milliseconds. */
    static final long LIFE_MILLIS = 45_000;
    /** A record of up to so many bytes is written for each session: a reference and its count would cost as much. */
    private static final int ALONE = 64 + 128;

    private final Home home;
    private final Journal journal;
    private final LongSupplier wallClock;
    private final Bodies bodies;
    private long aliveAt = Long.MIN_VALUE;

    // The message at hand: all sessions of the loop get it one after the other.
    private @Nullable Publication message;
    private @Nullable Part messagePart;
    private @Nullable StoredDelivery alone;
    private long aloneOf;
    private @Nullable Body body;

    Shelf(Home home, Journal journal, LongSupplier wallClock, Bodies bodies) {
        this.home = home;
        this.journal = journal;
        this.wallClock = wallClock;
        this.bodies = bodies;
    }

    Journal journal() {
        return journal;
    }

    Bodies bodies() {
        return bodies;
    }

    /** What the wall clock is ahead of the broker's, in milliseconds; callable from any thread. */
    long wallOffset() {
        return wallClock.getAsLong() - home.now();
    }

    void put(Table table, byte[] key, byte[] value) {
        alive();
        journal.put(table, key, value);
    }

    void delete(Table table, byte[] key) {
        alive();
        journal.delete(table, key);
    }

    /** @param end with one, all keys up to it are deleted */
    void delete(Table table, byte[] key, byte @Nullable [] end) {
        alive();
        if (end == null) {
            journal.delete(table, key);
        } else {
            journal.deleteRange(table, key, end);
        }
    }

    /** Deletes everything of a session in a table whose keys begin with its number. */
    void deleteAll(Table table, long number) {
        alive();
        journal.deleteRange(table, Keys.of(number), Keys.of(number + 1));
    }

    /** Tells when the broker was last alive: along with something else, or when nothing else was noted for long. */
    void alive() {
        long now = home.now();
        if (now >= aliveAt) {
            aliveAt = now + ALIVE_MILLIS;
            journal.put(
                    Table.META,
                    ALIVE,
                    ByteBuffer.allocate(8).putLong(wallClock.getAsLong()).array());
        }
    }

    /**
     * A will is about to be published, and was taken out of its session. Until it is with those it is for, it is in the
     * store as that of a session that has ended: the next broker would publish it.
     *
     * @param number of nothing else
     * @return to be called when what is noted then is committed along with the will
     */
    Runnable underWay(Will will, long number) {
        alive();
        long now = wallClock.getAsLong();
        byte[] key = Keys.of(number);
        long ticket = journal.ticket();
        int place = journal.put(
                Table.SESSION, key, SessionRecord.ended(number, now, will).write());
        return () -> {
            if (!journal.cancel(ticket, place)) {
                delete(Table.SESSION, key);
            }
        };
    }

    // --- messages ---

    /**
     * Puts a delivery into the queue of a session.
     *
     * @param number the session's
     * @param part where it is left when others commit it, or null
     */
    void keep(StoredDelivery delivery, long number, @Nullable Part part) {
        Publication its = delivery.publication();
        if (its.charge() <= ALONE) {
            write(delivery, number, null, part);
        } else if (its != message || part != messagePart) {
            message = its;
            messagePart = part;
            body = null;
            alone = delivery;
            aloneOf = number;
            write(delivery, number, null, part);
        } else {
            write(delivery, number, shared(its, part), part);
        }
    }

    private Body shared(Publication its, @Nullable Part part) {
        Body known = body;
        if (known != null && bodies.contains(known.number())) {
            return known;
        }
        long next = bodies.nextNumber();
        byte[] value = QueueRecord.body(its, wallOffset());
        Body made;
        if (part == null) {
            alive();
            long ticket = journal.ticket();
            made = new Body(next, ticket, journal.put(Table.MESSAGE, Keys.of(next), value));
        } else {
            part.batch().put(Table.MESSAGE, Keys.of(next), value);
            made = new Body(next);
        }
        bodies.add(next);
        body = made;
        if (alone != null) {
            refer(alone, made, part);
            alone = null;
        }
        return made;
    }

    /** The first of several had the message for itself; it need not be written twice if it has not been yet. */
    private void refer(StoredDelivery first, Body made, @Nullable Part part) {
        if (first.publication() != message || first.isForgotten()) {
            return;
        }
        if (part != null) {
            part.batch().cancel(first.place());
        } else if (!journal.cancel(first.ticket(), first.place())) {
            return;
        }
        write(first, aloneOf, made, part);
    }

    private void write(StoredDelivery delivery, long number, @Nullable Body its, @Nullable Part part) {
        if (its != null) {
            bodies.refer(its.number());
        }
        delivery.body = its;
        byte[] key = Keys.of(number, delivery.sequence());
        byte[] value = QueueRecord.write(delivery, its, wallOffset());
        if (part == null) {
            alive();
            long ticket = journal.ticket();
            delivery.put(ticket, journal.put(Table.QUEUE, key, value), null);
        } else {
            delivery.put(0, part.batch().put(Table.QUEUE, key, value), part);
        }
    }

    /** A delivery is acknowledged, or is not to be: takes its record back, or deletes it. */
    void forget(StoredDelivery delivery, long number) {
        if (delivery.qos() == 0 || delivery.isForgotten()) {
            return;
        }
        delivery.forgotten();
        Part part = delivery.consigned();
        if (part != null) {
            part.whenCommitted(() -> delete(delivery, number));
        } else {
            delete(delivery, number);
        }
    }

    private void delete(StoredDelivery delivery, long number) {
        if (!journal.cancel(delivery.ticket(), delivery.place())) {
            delete(Table.QUEUE, Keys.of(number, delivery.sequence()));
        }
        Body its = delivery.body;
        if (its != null) {
            release(its);
        }
    }

    /** A reference to a message of several is gone. */
    void release(Body its) {
        if (bodies.release(its.number())) {
            if (!journal.cancel(its.ticket(), its.place())) {
                delete(Table.MESSAGE, Keys.of(its.number()));
            }
        }
    }
}
