// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.QueueFull;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.store.Part;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a session that wait for their turn, bounded in number and bytes: a queue in memory, and behind it,
 * for a durable session, the {@link Backlog}.
 */
final class Waiting {
    /** How many messages of a durable session wait in memory while its client is there, and how many bytes. */
    private static final int MOST_IN_MEMORY = 1_000;

    private static final long BYTES_IN_MEMORY = 256 << 10;
    /** With fewer in memory the next page is asked for. */
    private static final int FEW = 256;

    private final ApplicationMessages session;
    private final Window window;
    private final Counters counters;
    private final Budget.Ledger ledger;
    private final @Nullable Durable durable;
    private final @Nullable Backlog backlog;
    private Queue<Delivery> queue = new ArrayDeque<>(4);
    private long bytes;
    private @Nullable Overflow overflow;

    Waiting(ApplicationMessages session, Window window) {
        this.session = session;
        this.window = window;
        this.counters = session.home().counters();
        this.ledger = session.home().ledger();
        this.durable = session.durable();
        this.backlog = durable == null ? null : new Backlog(session, this, durable);
    }

    boolean isEmpty() {
        return queue.isEmpty() && (backlog == null || backlog.isEmpty());
    }

    int size() {
        return backlog == null ? queue.size() : queue.size() + backlog.size();
    }

    /** What all of them are charged with. */
    long bytes() {
        return bytes;
    }

    /** What lies in the store only is no burden. */
    long bytesInMemory() {
        return backlog == null ? bytes : bytes - backlog.storedBytes();
    }

    int sizeInMemory() {
        return backlog == null ? queue.size() : size() - backlog.stored();
    }

    Queue<Delivery> queue() {
        return queue;
    }

    /** The next, or null when none is or it is not in memory. */
    @Nullable
    Delivery peek() {
        return queue.peek();
    }

    /**
     * Puts a message at the end of the queue, or of its priority. When the queue is full, the oldest of the lowest
     * priority leave, or, with {@code refuse}, the publishers are told; a QoS 0 message has no publisher who could be
     * told and is dropped itself then.
     *
     * @param part where a durable session leaves what it keeps of it, or null
     */
    void enqueue(Delivery delivery, @Nullable Part part) {
        MqttSettings settings = session.settings();
        int charge = delivery.charge();
        boolean refuse = settings.queueFull() == QueueFull.REFUSE;
        if (queue instanceof PrioritizedQueue || !settings.mqueuePriorities().isEmpty()) {
            queue = PrioritizedQueue.adapt(queue, settings);
        }
        boolean unasked = delivery.qos() == 0 || delivery.publication().qos() == 0;
        if (refuse && unasked && isOver(settings, charge)) {
            session.dropped(Metric.FATE_DROPPED_QUEUE_FULL, Metric.DELIVERY_DROPPED_QUEUE_FULL);
            overflow().refused();
            return;
        }
        // One that no empty queue could hold must not push out everything that waits.
        boolean mayPushOut = !refuse && charge <= settings.maxQueueBytes();
        while (mayPushOut && isOver(settings, charge)) {
            Delivery oldest = queue instanceof PrioritizedQueue prioritized && (backlog == null || backlog.isEmpty())
                    ? prioritized.makeRoomFor(delivery)
                    : pollOldest();
            if (oldest == null) {
                break;
            }
            pushedOut(oldest);
        }
        boolean pushesOutLater = mayPushOut && backlog != null && backlog.stored() > 0;
        if (!refuse && isOver(settings, charge) && !pushesOutLater) {
            // What is in flight or of higher priority fills the bound, or this one message does.
            session.dropped(Metric.FATE_DROPPED_QUEUE_FULL, Metric.DELIVERY_DROPPED_QUEUE_FULL);
            overflow().dropped(delivery, bytes + window.bytes());
            return;
        }
        delivery.keep(ledger);
        bytes += charge;
        counters.add(Metric.FATE_QUEUED);
        add(delivery, part);
        if (pushesOutLater) {
            pushOut();
        }
        session.full(refuse && isOver(settings, 0));
        session.checkShare();
    }

    private void add(Delivery delivery, @Nullable Part part) {
        if (backlog == null || durable == null || !(delivery instanceof StoredDelivery stored)) {
            queue.add(delivery);
            return;
        }
        if (stored.qos() > 0) {
            durable.keep(stored, part);
            if (part != null) {
                part.whenCommitted(session::committed);
            }
        }
        if (backlog.isEmpty() && (isWholeInMemory() || (session.link() != null && hasRoomInMemory()))) {
            queue.add(stored);
        } else {
            backlog.add(stored);
        }
    }

    /** With priorities the whole queue is in memory: the last may be the first to leave. */
    private boolean isWholeInMemory() {
        return queue instanceof PrioritizedQueue;
    }

    private boolean hasRoomInMemory() {
        return queue.size() < MOST_IN_MEMORY && bytesInMemory() <= BYTES_IN_MEMORY;
    }

    /** Takes the oldest out, when it is in memory. */
    private @Nullable Delivery pollOldest() {
        if (queue instanceof PrioritizedQueue prioritized) {
            return prioritized.pollLowest();
        }
        Delivery oldest = queue.poll();
        return oldest == null && backlog != null ? backlog.pollOldest() : oldest;
    }

    private void pushedOut(Delivery oldest) {
        leaves(oldest);
        forget(oldest);
        session.dropped(Metric.FATE_DROPPED_QUEUE_FULL, Metric.DELIVERY_DROPPED_QUEUE_FULL);
        overflow().dropped(oldest, bytes + window.bytes());
    }

    /** The oldest lie in the store: they leave when they have been read, so the bound is exceeded for a moment. */
    private void pushOut() {
        MqttSettings settings = session.settings();
        if (backlog == null || settings.queueFull() == QueueFull.REFUSE) {
            return;
        }
        while (isBeyond(settings)) {
            Delivery oldest = backlog.isReading() ? null : pollOldest();
            if (oldest == null) {
                int most = mostLength(settings);
                int beyond = most == 0 ? 0 : size() - most;
                backlog.read(Math.max(beyond, isBeyondBytes(settings) ? Pages.MOST : 1));
                return;
            }
            pushedOut(oldest);
        }
    }

    // --- what lies in the store ---

    /** What was noted until now survives, or a consignment does. */
    void committed() {
        if (backlog != null) {
            backlog.letGo();
        }
    }

    /** The client is gone: what waits need not be in memory. */
    void disconnected() {
        if (backlog != null && !isWholeInMemory()) {
            backlog.takeBack(queue);
        }
    }

    /** A page was read, and is in the queue now. */
    void hasRead() {
        pushOut();
        if (session.link() != null) {
            session.pump();
        } else if (!isWholeInMemory()) {
            disconnected();
        } else {
            hasNext();
        }
    }

    /** There was no store to read from; perhaps there is one now. */
    void readAgain() {
        pushOut();
        session.pump();
    }

    /** So many were in the store by all accounts, and are not. */
    void lost(int count, long itsBytes) {
        bytes -= itsBytes;
        counters.add(Metric.FATE_QUEUED, -count);
        counters.add(Metric.FATE_DROPPED_UNREADABLE, count);
        counters.add(Metric.DELIVERY_DROPPED_UNREADABLE, count);
        counters.add(Metric.DELIVERY_DROPPED, count);
        if (durable != null) {
            durable.lost(count);
        }
    }

    Set<Long> inFlightFrom(long sequence) {
        return window.sequencesFrom(sequence);
    }

    /** Everything is restored. With priorities all of it is needed at once. */
    void restored() {
        pushOut();
        if (!session.settings().mqueuePriorities().isEmpty()) {
            hasNext();
        }
    }

    /** So many lie in the store since a broker before us. */
    void restore(int count, long itsBytes, long first, long last, int special) {
        if (backlog != null && count > 0) {
            backlog.restore(count, itsBytes, first, last, special);
            bytes += itsBytes;
            counters.add(Metric.FATE_QUEUED, count);
            counters.add(Metric.FATE_RECOVERED, count);
            session.full(session.settings().queueFull() == QueueFull.REFUSE && isOver(session.settings(), 0));
        }
    }

    /** Sees to it that the next is in memory; returns false when it has to be read first. */
    boolean hasNext() {
        Backlog its = backlog;
        if (its == null || its.isEmpty()) {
            return true;
        }
        boolean whole =
                isWholeInMemory() || !session.settings().mqueuePriorities().isEmpty();
        if (whole && its.stored() > 0) {
            queue = PrioritizedQueue.adapt(queue, session.settings());
        }
        if (whole || queue.size() < FEW) {
            its.goOn(queue, whole ? Integer.MAX_VALUE : MOST_IN_MEMORY);
        }
        return whole ? its.isEmpty() : !queue.isEmpty() || its.isEmpty();
    }

    /** Takes the next out; its record stays. */
    void poll(Delivery next) {
        queue.poll();
        leaves(next);
    }

    /** It is taken out of the queue. */
    private void leaves(Delivery next) {
        bytes -= next.charge();
        next.letGo(ledger);
        counters.add(Metric.FATE_QUEUED, -1);
        checkFull();
    }

    /** What was full may have room again; only publishers that are let in can find that out, so nobody else would. */
    void checkFull() {
        session.full(session.isFull() && isOver(session.settings(), 0));
    }

    /**
     * The session ends.
     *
     * @param each gets each that is in memory
     * @param estate gets what lies in the store, or null
     */
    void end(Consumer<Delivery> each, @Nullable Estate estate) {
        queue.forEach(each);
        queue.clear();
        if (backlog != null && estate != null) {
            backlog.end(each, estate);
        }
    }

    private void forget(Delivery delivery) {
        if (durable != null) {
            durable.forget(delivery);
        }
    }

    /** How many found no room, ever. */
    long overflowed() {
        return overflow == null ? 0 : overflow.ever();
    }

    private Overflow overflow() {
        if (overflow == null) {
            overflow = new Overflow(session);
        }
        return overflow;
    }

    private boolean isOver(MqttSettings settings, int more) {
        int length = size() + (more > 0 ? 1 : 0);
        int most = mostLength(settings);
        boolean tooMany = most > 0 && (more > 0 ? length > most : length >= most);
        return tooMany || bytes + window.bytes() + more > settings.maxQueueBytes();
    }

    private int mostLength(MqttSettings settings) {
        return settings.maxQueueLength(durable != null);
    }

    /** Whether some have to leave. */
    private boolean isBeyond(MqttSettings settings) {
        int most = mostLength(settings);
        boolean tooMany = most > 0 && size() > most;
        return tooMany || isBeyondBytes(settings);
    }

    private boolean isBeyondBytes(MqttSettings settings) {
        return bytes + window.bytes() > settings.maxQueueBytes();
    }
}
