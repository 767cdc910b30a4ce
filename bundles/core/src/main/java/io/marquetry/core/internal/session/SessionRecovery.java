// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.router.RetainedMessages;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings sessions back that a store has kept, before clients are let in. Each table is read once, in order; of queues
 * only numbers are kept. What belongs to no session, or refers to nothing, was never acknowledged or is left from a
 * removal: it is deleted and counted. What is not as it was written is left out loudly.
 */
public final class SessionRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(SessionRecovery.class);
    /** So many sessions are made in one letter to a loop. */
    private static final int SLICE = 1_000;
    /** So many lines about records of one table that are not as they were written. */
    private static final int LINES = 10;

    /** What is to be deleted: one key, or with an end all keys up to that. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Orphan(Table table, byte[] key, byte @Nullable [] end) {}

    private final SessionRegistry registry;
    private final RetainedMessages retained;
    private final Map<Long, Found> found = new HashMap<>();
    private final List<Orphan> orphans = new ArrayList<>();
    private int orphanRecords;
    private final Map<Table, Integer> corrupt = new EnumMap<>(Table.class);
    private final long began = System.nanoTime();
    private long alive;
    private long lastNumber;

    /**
     * @param registry where they belong
     * @param retained has been recovered
     */
    public SessionRecovery(SessionRegistry registry, RetainedMessages retained) {
        this.registry = registry;
        this.retained = retained;
    }

    /**
     * Reads them, and sends each to its loop by the mailbox; nothing is noted. Takes its time, so not for a loop.
     *
     * @throws StoreException when the store cannot be read
     */
    public void read(Store store) throws StoreException {
        assert !registry.journals().areKept();
        alive = alive(store);
        sessions(store);
        each(
                store,
                Table.SUBSCRIPTION,
                (its, key, value) ->
                        its.subscription(TopicFilter.parse(Keys.filter(key)), SubscriptionRecord.read(value)));
        each(
                store,
                Table.INBOX,
                (its, key, value) -> its.inbox(ByteBuffer.wrap(key).getShort(8) & 0xFFFF));
        each(store, Table.INFLIGHT, (its, key, value) -> its.window(WindowRecord.read(value)));
        bodies(store);
        each(store, Table.QUEUE, (its, key, value) -> message(its, key, QueueRecord.read(value)));
        unused();
        registry.usedUpTo(lastNumber);
        report();
        send();
    }

    /** Not before who was connected has left: no session ends too early because its broker was killed. */
    private long alive(Store store) throws StoreException {
        byte[] value = store.get(Table.META, Shelf.ALIVE);
        return value == null || value.length != Long.BYTES
                ? registry.wallTime()
                : Math.min(registry.wallTime(), ByteBuffer.wrap(value).getLong() + Shelf.LIFE_MILLIS);
    }

    private void sessions(Store store) throws StoreException {
        Map<String, Long> byClient = new HashMap<>();
        store.read(Table.SESSION, Keys.FIRST, null, (key, value) -> {
            guarded(Table.SESSION, key, () -> {
                long number = Keys.number(key);
                lastNumber = Math.max(lastNumber, number);
                SessionRecord record = SessionRecord.read(value);
                Long before = byClient.put(record.clientId(), number);
                if (before != null) { // ended and begun anew, and only the end was not written
                    found.remove(before);
                    orphan(Table.SESSION, Keys.of(before), null);
                }
                found.put(number, new Found(number, record));
            });
            return true;
        });
    }

    private interface Row {
        void read(Found its, byte[] key, byte[] value);
    }

    private void each(Store store, Table table, Row row) throws StoreException {
        long[] homeless = {0};
        store.read(table, Keys.FIRST, null, (key, value) -> {
            guarded(table, key, () -> {
                long number = Keys.number(key);
                lastNumber = Math.max(lastNumber, number);
                Found its = found.get(number);
                if (its != null) {
                    row.read(its, key, value);
                } else if (homeless[0] == number) {
                    orphanRecords++;
                } else {
                    homeless[0] = number;
                    orphan(table, Keys.of(number), Keys.of(number + 1));
                }
            });
            return true;
        });
    }

    private void orphan(Table table, byte[] key, byte @Nullable [] end) {
        orphans.add(new Orphan(table, key, end));
        orphanRecords++;
    }

    private void guarded(Table table, byte[] key, Runnable read) {
        try {
            read.run();
        } catch (IllegalArgumentException | BufferUnderflowException | IndexOutOfBoundsException e) {
            if (corrupt.merge(table, 1, Integer::sum) <= LINES) {
                LOG.error(
                        "a record in table {} is not as it was written and is left out; it stays in the store: {}"
                                + " key={}",
                        table.label(),
                        e.getMessage(),
                        HexFormat.of().formatHex(key));
            }
        }
    }

    private void bodies(Store store) throws StoreException {
        Bodies bodies = registry.bodies();
        store.read(Table.MESSAGE, Keys.FIRST, null, (key, value) -> {
            guarded(Table.MESSAGE, key, () -> {
                long number = Keys.number(key);
                bodies.usedUpTo(number);
                bodies.add(number);
            });
            return true;
        });
    }

    private void message(Found its, byte[] key, QueueRecord record) {
        long sequence = Keys.sequence(key);
        if (record.body() != 0) {
            if (!registry.bodies().contains(record.body())) {
                orphan(Table.QUEUE, key, null);
                return;
            }
            registry.bodies().refer(record.body());
        }
        its.message(sequence, record);
    }

    private void unused() {
        registry.bodies().removeUnused(number -> orphan(Table.MESSAGE, Keys.of(number), null));
    }

    private void report() {
        Collection<Found> all = found.values();
        LOG.info(
                "recovered {} sessions with {} subscriptions, {} messages queued and {} in flight in {} ms; {} records"
                        + " that belonged to nothing are removed",
                all.size(),
                all.stream().mapToLong(Found::subscriptions).sum(),
                all.stream().mapToLong(Found::queued).sum(),
                all.stream().mapToLong(Found::inFlight).sum(),
                (System.nanoTime() - began) / 1_000_000,
                orphanRecords);
        if (!corrupt.isEmpty()) {
            LOG.error("what was left out since it is not as it was written, by table: {}", corrupt);
        }
    }

    private void send() {
        Map<Home, List<Found>> slices = new HashMap<>();
        for (Found its : found.values()) {
            Home home = registry.homeOf(its.record().clientId());
            List<Found> slice = slices.computeIfAbsent(home, h -> new ArrayList<>());
            slice.add(its);
            if (slice.size() == SLICE) {
                send(home, slice);
                slices.remove(home);
            }
        }
        slices.forEach(this::send);
        found.clear();
    }

    private void send(Home home, List<Found> slice) {
        home.mailbox()
                .post(() -> slice.forEach(its -> {
                    try {
                        its.restore(registry, retained);
                    } catch (RuntimeException e) {
                        LOG.error(
                                "a session could not be restored client={}",
                                its.record().clientId(),
                                e);
                    }
                }));
    }

    /**
     * All of them are in their places, and what is noted survives from now on: what has become due meanwhile, ends and
     * wills, may happen. Callable from any thread.
     */
    public void goOn() {
        assert registry.journals().areKept();
        remove(registry.homes().get(0), 0);
        for (Home home : registry.homes()) {
            home.mailbox().post(() -> new ArrayList<>(registry.all(home)).forEach(session -> session.restored(alive)));
        }
    }

    /** Removes orphans, a slice at a time: a batch of a million changes would hold up the first clients. */
    private void remove(Home home, int from) {
        home.mailbox().post(() -> {
            Shelf shelf = registry.shelf(home);
            int to = Math.min(orphans.size(), from + SLICE);
            for (Orphan orphan : orphans.subList(from, to)) {
                shelf.delete(orphan.table(), orphan.key(), orphan.end());
            }
            if (to < orphans.size()) {
                shelf.journal().whenCommitted(survives -> remove(home, to));
            }
        });
    }
}
