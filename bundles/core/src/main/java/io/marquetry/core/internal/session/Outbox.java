// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.QueueFull;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.store.Part;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a session has still to send: the queue, what is in flight, and retained messages that a subscription asked for.
 * It sends only while its link takes more and the client's Receive Maximum has room; everything else waits here,
 * bounded in number and bytes.
 *
 * <p>A session that never had to wait and got nothing but QoS 0 has no outbox.
 */
final class Outbox {
    /** How many messages are sent before the loop looks after others. */
    private static final int PER_TURN = 2048;

    /** How many messages of a durable session wait in memory while its client is there, and how many bytes. */
    private static final int MOST_IN_MEMORY = 1_000;

    private static final long BYTES_IN_MEMORY = 256 << 10;
    /** With fewer in memory the next page is asked for. */
    private static final int FEW = 256;

    private final Session session;
    private final Counters counters;
    private final Budget.Ledger ledger;
    private final @Nullable Durable durable;
    private final @Nullable Backlog backlog;
    private final Window window;
    private @Nullable Recall recall;
    private Queue<Delivery> queue = new ArrayDeque<>(4);
    private long queueBytes;
    private @Nullable RetainedFeed retained;

    Outbox(Session session) {
        this.session = session;
        this.counters = session.home().counters();
        this.ledger = session.home().ledger();
        this.durable = session.durable();
        this.backlog = durable == null ? null : new Backlog(session, this, durable);
        this.window = new Window(session, this);
    }

    /**
     * Whether nothing waits, so that a message may leave at once without overtaking one. What is to be sent again
     * counts: the client may never have seen it.
     */
    boolean isIdle() {
        return isEmpty() && window.isResent();
    }

    private boolean isEmpty() {
        return queue.isEmpty() && (backlog == null || backlog.isEmpty());
    }

    int queueLength() {
        return backlog == null ? queue.size() : queue.size() + backlog.size();
    }

    long bytes() {
        return queueBytes + window.bytes();
    }

    Window window() {
        return window;
    }

    Queue<Delivery> queue() {
        return queue;
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
            drop(delivery, Metric.FATE_DROPPED_QUEUE_FULL, Metric.DELIVERY_DROPPED_QUEUE_FULL);
            session.queueRefused();
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
            drop(delivery, Metric.FATE_DROPPED_QUEUE_FULL, Metric.DELIVERY_DROPPED_QUEUE_FULL);
            session.queueOverflowed(delivery);
            return;
        }
        delivery.keep(ledger);
        queueBytes += charge;
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
        long behind = backlog == null ? 0 : backlog.bytes();
        return queue.size() < MOST_IN_MEMORY && queueBytes - behind <= BYTES_IN_MEMORY;
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
        drop(oldest, Metric.FATE_DROPPED_QUEUE_FULL, Metric.DELIVERY_DROPPED_QUEUE_FULL);
        session.queueOverflowed(oldest);
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
                int most = settings.maxQueueLength(session.isDurable());
                int beyond = most == 0 ? 0 : queueLength() - most;
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
        } else if (backlog != null) {
            hasNext(backlog);
        }
    }

    /** There was no store to read from; perhaps there is one now. */
    void readAgain() {
        pushOut();
        session.pump();
    }

    /** So many were in the store by all accounts, and are not. */
    void lost(int count, long bytes) {
        queueBytes -= bytes;
        counters.add(Metric.FATE_QUEUED, -count);
        counters.add(Metric.FATE_DROPPED_UNREADABLE, count);
        counters.add(Metric.DELIVERY_DROPPED_UNREADABLE, count);
        counters.add(Metric.DELIVERY_DROPPED, count);
        session.lost(count);
    }

    /** Has messages read that were in flight when the broker ended. */
    void readInflight() {
        if (recall == null && durable != null) {
            recall = new Recall(session, durable, window);
        }
        if (recall != null) {
            recall.go();
        }
    }

    Set<Long> inFlightFrom(long sequence) {
        return window.sequencesFrom(sequence);
    }

    /** Everything is restored. With priorities all of it is needed at once. */
    void restored() {
        pushOut();
        if (backlog != null && !session.settings().mqueuePriorities().isEmpty()) {
            hasNext(backlog);
        }
    }

    /** So many lie in the store since a broker before us. */
    void restore(int count, long bytes, long first, long last, int special) {
        if (backlog != null && count > 0) {
            backlog.restore(count, bytes, first, last, special);
            queueBytes += bytes;
            counters.add(Metric.FATE_QUEUED, count);
            counters.add(Metric.FATE_RECOVERED, count);
            session.full(session.settings().queueFull() == QueueFull.REFUSE && isOver(session.settings(), 0));
        }
    }

    /** The retained messages that are sent once there is room and nothing else waits, or null for none. */
    @Nullable
    RetainedFeed retained() {
        return retained;
    }

    void retained(@Nullable RetainedFeed feed) {
        retained = feed;
    }

    /** A new connection goes on with this session. */
    void reconnected() {
        window.reconnected();
    }

    /** Sends what may be sent now. Returns whether it stopped only to let others have their turn. */
    boolean pump(Link link, Frames frames) {
        window.resend(link, frames);
        if (!window.isResentOrReserved()) {
            return false; // an acknowledgement or the socket brings us back
        }
        if (backlog != null && !hasNext(backlog)) {
            return false; // what is read brings us back
        }
        int sent = 0;
        while (link.isWritable()) {
            if (sent == PER_TURN) {
                return true;
            }
            Delivery next = queue.peek();
            if (next == null) {
                break;
            }
            if (next instanceof StoredDelivery stored && stored.consigned() != null) {
                return false; // its commit brings us back
            }
            if (next.publication().isExpired(session.home().now())) {
                poll(next);
                forget(next);
                drop(next, Metric.FATE_EXPIRED, Metric.DELIVERY_DROPPED_EXPIRED);
            } else if (session.isWithheld(next)) {
                poll(next);
                forget(next);
                dropWithheld();
            } else if (window.isOpenFor(next, link)) {
                poll(next);
                sendOrDrop(link, frames, next);
                sent++;
            } else {
                break;
            }
            if (backlog != null && queue.size() < FEW && !hasNext(backlog)) {
                return false;
            }
        }
        pumpRetained(link, frames);
        return false;
    }

    /** Sees to it that the next is in memory; returns whether what is there may go on. */
    private boolean hasNext(Backlog its) {
        if (its.isEmpty()) {
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

    private void poll(Delivery next) {
        queue.poll();
        leaves(next);
    }

    /** It is taken out of the queue. */
    private void leaves(Delivery next) {
        queueBytes -= next.charge();
        next.letGo(ledger);
        counters.add(Metric.FATE_QUEUED, -1);
        checkFull();
    }

    private void forget(Delivery delivery) {
        if (durable != null) {
            durable.forget(delivery);
        }
    }

    private void pumpRetained(Link link, Frames frames) {
        while (retained != null && isEmpty() && link.isWritable()) {
            Delivery next = retained.peek();
            if (next == null) {
                if (retained.isEmpty()) {
                    retained = null;
                }
                return;
            }
            if (!window.isOpenFor(next, link)) {
                return;
            }
            retained.taken();
            counters.add(Metric.FATE_RETAINED);
            if (next.publication().isExpired(session.home().now())) {
                drop(next, Metric.FATE_EXPIRED, Metric.DELIVERY_DROPPED_EXPIRED);
            } else if (session.isWithheld(next)) {
                dropWithheld();
            } else {
                sendOrDrop(link, frames, next);
            }
        }
    }

    private void sendOrDrop(Link link, Frames frames, Delivery next) {
        frames.begin(next.publication(), session.home().now());
        Frames sent = link.firstSent(frames, next.qos(), next.retain());
        if (sent == null) {
            forget(next);
        } else if (link.isTooLarge(sent, next.qos(), next.subscriptionIds())) {
            forget(next);
            drop(next, Metric.FATE_DROPPED_TOO_LARGE, Metric.DELIVERY_DROPPED_TOO_LARGE);
        } else if (next.qos() == 0) {
            link.publish(sent, 0, next.retain(), false, 0, next.subscriptionIds());
        } else if (durable == null) {
            Delivery kept = sent == frames
                    ? next
                    : new Delivery(sent.publication(), next.qos(), next.retain(), next.subscriptionIds(), next.share());
            window.send(link, sent, next.qos(), next.retain(), next.subscriptionIds(), kept);
        } else {
            StoredDelivery kept = kept(durable, next, sent == frames ? next.publication() : sent.publication());
            if (kept.qos() == 2) {
                window.reserve(durable, kept);
            } else {
                window.send(link, sent, 1, kept.retain(), kept.subscriptionIds(), kept);
            }
        }
    }

    /** What may have to be sent again, with the record that it needs for that. */
    private static StoredDelivery kept(Durable its, Delivery next, Publication sent) {
        if (next instanceof StoredDelivery stored && stored.publication() == sent) {
            return stored;
        }
        StoredDelivery kept;
        if (next instanceof StoredDelivery stored) {
            its.forget(stored);
            kept = stored.with(sent);
        } else { // a retained message
            kept = new StoredDelivery(
                    sent, next.qos(), next.retain(), next.subscriptionIds(), next.share(), its.nextSequence());
        }
        its.keep(kept, null);
        return kept;
    }

    /** What was full may have room again; only publishers that are let in can find that out, so nobody else would. */
    void checkFull() {
        session.full(session.isFull() && isOver(session.settings(), 0));
    }

    /** The session ends: everything leaves, messages of shared subscriptions to other members [MQTT-4.8.2-4]. */
    void end(Consumer<Delivery> shared) {
        int waiting = queueLength();
        int left = window.active() + waiting;
        int[] handedOn = new int[1];
        Consumer<Delivery> handOn = delivery -> {
            if (delivery.share() != null) {
                shared.accept(delivery);
                handedOn[0]++;
            }
        };
        Consumer<Delivery> letGo = delivery -> {
            delivery.letGo(ledger);
            forget(delivery);
        };
        Estate estate = durable == null ? null : new Estate(session, durable, shared);
        // [MQTT-4.8.2-5]: a QoS 2 message that was sent stays with this session, and ends with it.
        window.end(delivery -> {
            boolean handedOnNow = delivery.qos() == 1 && delivery.share() != null;
            if (handedOnNow && estate != null && delivery instanceof StoredDelivery stored && stored.isAbsent()) {
                estate.add(stored);
                return;
            }
            if (handedOnNow) {
                handOn.accept(delivery);
            }
            letGo.accept(delivery);
        });
        queue.forEach(handOn.andThen(letGo));
        queue.clear();
        retained = null;
        if (backlog != null && estate != null) {
            backlog.end(handOn.andThen(letGo), estate);
        }
        int later = estate == null ? 0 : estate.settle();
        counters.add(Metric.FATE_QUEUED, later - waiting);
        counters.add(Metric.FATE_DROPPED_SESSION_ENDED, left - later - handedOn[0]);
        counters.add(Metric.DELIVERY_DROPPED, left - later - handedOn[0]);
    }

    private void dropWithheld() {
        counters.add(Metric.FATE_DROPPED_NOT_AUTHORIZED);
        counters.add(Metric.DELIVERY_DROPPED);
    }

    /** A new message when the session cannot take it at all. */
    void drop(Delivery delivery, Metric fate, Metric reason) {
        counters.add(fate);
        counters.add(reason);
        counters.add(Metric.DELIVERY_DROPPED);
    }

    private boolean isOver(MqttSettings settings, int more) {
        int length = queueLength() + (more > 0 ? 1 : 0);
        int most = settings.maxQueueLength(session.isDurable());
        boolean tooMany = most > 0 && (more > 0 ? length > most : length >= most);
        return tooMany || bytes() + more > settings.maxQueueBytes();
    }

    /** Whether some have to leave. */
    private boolean isBeyond(MqttSettings settings) {
        int most = settings.maxQueueLength(session.isDurable());
        return (most > 0 && queueLength() > most) || isBeyondBytes(settings);
    }

    private boolean isBeyondBytes(MqttSettings settings) {
        return bytes() > settings.maxQueueBytes();
    }
}
