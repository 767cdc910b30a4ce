// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.message.Publication;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads queues from the store, a page at a time, on two threads of its own: a loop never waits for a disk. A session
 * asks for one page at a time, so what waits here is bounded by the number of sessions.
 */
final class Pages implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pages.class);
    /** How many messages a page has at most. */
    static final int MOST = 512;
    /** How many bytes a page has, but for the last message. */
    static final int BYTES = 256 << 10;

    private static final int THREADS = 2;

    /** One message of a page. */
    record Entry(
            long sequence,
            QueueRecord record,
            Publication message,
            @Nullable Body body) {}

    /**
     * Some messages in order.
     *
     * @param end up to which sequence everything is in it, this one included
     * @param isLast whether nothing else was in the range
     */
    record Page(List<Entry> entries, long end, boolean isLast) {}

    /** Who wanted a page; called back on the loop of the session. */
    interface Taker {
        void read(Page page);

        /** The page could not be read; what is in the store is as it was. */
        void failed(StoreException problem);

        /** There is no store now. */
        void gone();
    }

    private final Recent bodies = new Recent();
    private final LongSupplier wallOffset;
    private final Supplier<@Nullable Store> store;
    private final RateLimitedLog unreadable;
    private volatile Executor readers;
    private @Nullable ThreadPoolExecutor own;

    /**
     * @param wallOffset what the wall clock is ahead of the loops' clock, in milliseconds
     * @param clock milliseconds that never go back
     */
    Pages(Supplier<@Nullable Store> store, LongSupplier wallOffset, LongSupplier clock) {
        this.store = store;
        this.wallOffset = wallOffset;
        this.unreadable = new RateLimitedLog(clock);
        AtomicInteger number = new AtomicInteger();
        own = new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "marquetry-queue-reader-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        own.allowCoreThreadTimeOut(true);
        readers = own;
    }

    /** Has pages read by others. */
    void readers(Executor others) {
        readers = others;
    }

    @Override
    public void close() {
        if (own != null) {
            own.shutdown();
        }
    }

    /**
     * Reads a page of a session's queue.
     *
     * @param from the first sequence
     * @param to the last one
     * @param most how many messages
     * @param back brings the answer to the session's loop
     */
    void read(long number, long from, long to, int most, Executor back, Taker taker) {
        readers.execute(() -> {
            Store its = store.get();
            if (its == null) {
                back.execute(taker::gone);
                return;
            }
            try {
                Page page = read(its, number, from, to, most);
                back.execute(() -> taker.read(page));
            } catch (StoreException e) {
                failed(its, e, back, taker);
            } catch (RuntimeException | LinkageError e) {
                failed(its, new StoreException("the store failed: " + e, e), back, taker);
            }
        });
    }

    /** One that goes while it is read, because its extension is replaced, says so by an exception too. */
    private void failed(Store its, StoreException problem, Executor back, Taker taker) {
        if (store.get() == its) {
            back.execute(() -> taker.failed(problem));
        } else {
            back.execute(taker::gone);
        }
    }

    private Page read(Store its, long number, long from, long to, int most) throws StoreException {
        Collector collector = new Collector(most);
        its.read(Table.QUEUE, Keys.of(number, from), Keys.of(number, to + 1), collector);
        List<Entry> entries = new ArrayList<>(collector.rows.size());
        long offset = wallOffset.getAsLong();
        for (Row row : collector.rows) {
            Entry entry = entry(its, row, offset);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return new Page(entries, collector.isFull ? collector.last : to, !collector.isFull);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Row(byte[] key, byte[] value) {
        /** What its message takes, which may lie elsewhere. */
        int charge() {
            try {
                return QueueRecord.read(value).charge();
            } catch (IllegalArgumentException e) {
                return value.length;
            }
        }
    }

    /** What is in the store is read in one go; messages of several are looked up behind it. */
    private static final class Collector implements Store.Reader {
        private final int most;
        private final List<Row> rows = new ArrayList<>();
        private int bytes;
        private long last;
        private boolean isFull;

        Collector(int most) {
            this.most = most;
        }

        @Override
        public boolean read(byte[] key, byte[] value) {
            Row row = new Row(key, value);
            rows.add(row);
            bytes += row.charge();
            last = Keys.sequence(key);
            isFull = rows.size() >= most || bytes >= BYTES;
            return !isFull;
        }
    }

    /** Clients that are back at the same time read the same messages: they share what is still in memory. */
    private Publication body(Store its, long number, long offset) throws StoreException {
        Publication known = bodies.get(number);
        if (known != null) {
            return known;
        }
        byte[] value = its.get(Table.MESSAGE, Keys.of(number));
        if (value == null) {
            throw new IllegalArgumentException("expected message " + number + ", which is not there");
        }
        Publication read = QueueRecord.body(value, offset);
        bodies.put(number, read);
        return read;
    }

    /** The messages of several that were read last, as long as somebody holds them. */
    private static final class Recent {
        private static final int MOST = 1_024;

        private final Map<Long, WeakReference<Publication>> messages = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, WeakReference<Publication>> eldest) {
                return size() > MOST;
            }
        };

        synchronized @Nullable Publication get(long number) {
            WeakReference<Publication> its = messages.get(number);
            return its == null ? null : its.get();
        }

        synchronized void put(long number, Publication message) {
            messages.put(number, new WeakReference<>(message));
        }
    }

    /** A page could not be read; says so, not for each session. */
    void failed(Session session, StoreException problem) {
        long more = unreadable.pass();
        if (more >= 0) {
            LOG.error(
                    "a queue cannot be read, its messages stay where they are and its client is disconnected: {} ({}"
                            + " more such lines held back) client={}",
                    problem.getMessage(),
                    more,
                    session.clientId());
        }
    }

    /** Messages are not where they should be. */
    void lost(Session session, int count) {
        LOG.error(
                "{} messages of a queue are lost: they are not in the store, or not as they were written; they count as"
                        + " dropped.unreadable client={}",
                count,
                session.clientId());
    }

    private @Nullable Entry entry(Store its, Row row, long offset) throws StoreException {
        try {
            QueueRecord record = QueueRecord.read(row.value);
            if (record.body() == 0) {
                return new Entry(Keys.sequence(row.key), record, record.read(offset), null);
            }
            return new Entry(Keys.sequence(row.key), record, body(its, record.body(), offset), new Body(record.body()));
        } catch (IllegalArgumentException e) {
            long more = unreadable.pass();
            if (more >= 0) {
                LOG.error(
                        "a message is lost, its record in table {} is not as it was written: {} ({} more such lines"
                                + " held back) key={}",
                        Table.QUEUE.label(),
                        e.getMessage(),
                        more,
                        HexFormat.of().formatHex(row.key));
            }
            return null;
        }
    }
}
