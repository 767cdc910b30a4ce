// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.QueueFull;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import java.util.ArrayDeque;
import java.util.Queue;
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

    private final Session session;
    private final Counters counters;
    private final Budget.Ledger ledger;
    private Queue<Delivery> queue = new ArrayDeque<>(4);
    private final Inflight inflight = new Inflight();
    private long queueBytes;
    private long inflightBytes;
    private @Nullable RetainedFeed retained;

    Outbox(Session session) {
        this.session = session;
        this.counters = session.home().counters();
        this.ledger = session.home().ledger();
    }

    /**
     * Whether nothing waits, so that a message may leave at once without overtaking one. What is to be sent again
     * counts: the client may never have seen it.
     */
    boolean isIdle() {
        return queue.isEmpty() && inflight.isResent();
    }

    int queueLength() {
        return queue.size();
    }

    long bytes() {
        return queueBytes + inflightBytes;
    }

    int inflight() {
        return inflight.active();
    }

    /** Whether one more QoS 1 or 2 message may be under way. */
    boolean hasRoom(Link link) {
        return inflight.isOpen()
                && inflight.underWay() < Math.min(session.settings().maxInflight(), link.receiveMaximum());
    }

    /** Sends a QoS 1 or 2 message at once; the caller has asked {@link #isIdle} and {@link #hasRoom}. */
    void send(
            Link link,
            Frames frames,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Delivery kept) {
        int id = inflight.add(qos, kept);
        counters.add(Metric.FATE_IN_FLIGHT);
        if (kept != null) {
            inflightBytes += kept.publication().charge();
            kept.keep(ledger);
        }
        link.publish(frames, qos, retain, false, id, subscriptionIds);
    }

    /**
     * Puts a message at the end of the queue, or of its priority. When the queue is full, the oldest of the lowest
     * priority leave, or, with {@code refuse}, the publishers are told; a QoS 0 message has no publisher who could be
     * told and is dropped itself then.
     */
    void enqueue(Delivery delivery) {
        MqttSettings settings = session.settings();
        int charge = delivery.publication().charge();
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
        while (!refuse && charge <= settings.maxQueueBytes() && isOver(settings, charge)) {
            Delivery oldest =
                    queue instanceof PrioritizedQueue prioritized ? prioritized.makeRoomFor(delivery) : queue.poll();
            if (oldest == null) {
                break;
            }
            queueBytes -= oldest.publication().charge();
            oldest.letGo(ledger);
            counters.add(Metric.FATE_QUEUED, -1);
            drop(oldest, Metric.FATE_DROPPED_QUEUE_FULL, Metric.DELIVERY_DROPPED_QUEUE_FULL);
            session.queueOverflowed(oldest);
        }
        if (!refuse && isOver(settings, charge)) {
            // What is in flight or of higher priority fills the bound, or this one message does.
            drop(delivery, Metric.FATE_DROPPED_QUEUE_FULL, Metric.DELIVERY_DROPPED_QUEUE_FULL);
            session.queueOverflowed(delivery);
            return;
        }
        queue.add(delivery);
        queueBytes += charge;
        delivery.keep(ledger);
        counters.add(Metric.FATE_QUEUED);
        session.full(refuse && isOver(settings, 0));
        session.checkShare();
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
        inflight.reconnected();
    }

    /** Sends what may be sent now. Returns whether it stopped only to let others have their turn. */
    boolean pump(Link link, Frames frames) {
        resend(link, frames);
        if (!inflight.isResent()) {
            return false; // an acknowledgement or the socket brings us back
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
            if (next.publication().isExpired(session.home().now())) {
                poll(next);
                drop(next, Metric.FATE_EXPIRED, Metric.DELIVERY_DROPPED_EXPIRED);
                continue;
            }
            if (session.isWithheld(next)) {
                poll(next);
                dropWithheld();
                continue;
            }
            if (next.qos() > 0 && !hasRoom(link)) {
                break;
            }
            poll(next);
            sendOrDrop(link, frames, next);
            sent++;
        }
        pumpRetained(link, frames);
        return false;
    }

    private void poll(Delivery next) {
        queue.poll();
        queueBytes -= next.publication().charge();
        next.letGo(ledger);
        counters.add(Metric.FATE_QUEUED, -1);
        checkFull();
    }

    private void pumpRetained(Link link, Frames frames) {
        while (retained != null && queue.isEmpty() && link.isWritable()) {
            Delivery next = retained.peek();
            if (next == null) {
                if (retained.isEmpty()) {
                    retained = null;
                }
                return;
            }
            if (next.qos() > 0 && !hasRoom(link)) {
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
            return;
        }
        if (link.isTooLarge(sent, next.qos(), next.subscriptionIds())) {
            drop(next, Metric.FATE_DROPPED_TOO_LARGE, Metric.DELIVERY_DROPPED_TOO_LARGE);
        } else if (next.qos() == 0) {
            link.publish(sent, 0, next.retain(), false, 0, next.subscriptionIds());
        } else {
            Delivery kept = sent == frames
                    ? next
                    : new Delivery(sent.publication(), next.qos(), next.retain(), next.subscriptionIds(), next.share());
            send(link, sent, next.qos(), next.retain(), next.subscriptionIds(), kept);
        }
    }

    private void resend(Link link, Frames frames) {
        int window = Math.min(session.settings().maxInflight(), link.receiveMaximum());
        int id;
        while (link.isWritable() && inflight.underWay() < window && (id = inflight.nextToResend()) != 0) {
            Delivery delivery = inflight.delivery(id);
            if (delivery == null) {
                link.pubRel(id);
            } else {
                frames.begin(delivery.publication(), session.home().now());
                if (link.isTooLarge(frames, delivery.qos(), delivery.subscriptionIds())) {
                    // [MQTT-3.1.2-25]: this connection takes less than the one before; as if it had been delivered
                    uncharge(delivery);
                    inflight.done(id);
                    counters.add(Metric.FATE_IN_FLIGHT, -1);
                    drop(delivery, Metric.FATE_DROPPED_TOO_LARGE, Metric.DELIVERY_DROPPED_TOO_LARGE);
                    continue;
                }
                link.publish(frames, delivery.qos(), delivery.retain(), true, id, delivery.subscriptionIds());
            }
            inflight.resent();
        }
    }

    /** PUBACK; returns whether the identifier was in use. */
    boolean pubAck(int packetId, boolean success) {
        if (inflight.state(packetId) != Inflight.AT_LEAST_ONCE) {
            return false;
        }
        finish(packetId, success);
        return true;
    }

    /** PUBREC; returns whether PUBREL is to follow. */
    boolean pubRec(int packetId, boolean success) {
        byte state = inflight.state(packetId);
        if (state == Inflight.RELEASED) {
            return true;
        }
        if (state != Inflight.EXACTLY_ONCE) {
            return false;
        }
        if (!success) {
            finish(packetId, false); // [MQTT-4.9.0-2]
            return false;
        }
        uncharge(inflight.delivery(packetId));
        inflight.release(packetId);
        return true;
    }

    /** PUBCOMP; returns whether the identifier was in use. */
    boolean pubComp(int packetId) {
        if (inflight.state(packetId) != Inflight.RELEASED) {
            return false;
        }
        finish(packetId, true);
        return true;
    }

    private void finish(int packetId, boolean success) {
        uncharge(inflight.delivery(packetId));
        inflight.done(packetId);
        counters.add(Metric.FATE_IN_FLIGHT, -1);
        if (success) {
            counters.add(Metric.FATE_DELIVERED);
        } else {
            counters.add(Metric.FATE_DROPPED_REFUSED_BY_CLIENT);
            counters.add(Metric.DELIVERY_DROPPED);
        }
    }

    private void uncharge(@Nullable Delivery delivery) {
        if (delivery != null) {
            inflightBytes -= delivery.publication().charge();
            delivery.letGo(ledger);
            checkFull();
        }
    }

    /** What was full may have room again; only publishers that are let in can find that out, so nobody else would. */
    private void checkFull() {
        session.full(session.isFull() && isOver(session.settings(), 0));
    }

    /** The session ends: everything leaves, messages of shared subscriptions to other members [MQTT-4.8.2-4]. */
    void end(Consumer<Delivery> shared) {
        int left = inflight.active() + queue.size();
        counters.add(Metric.FATE_IN_FLIGHT, -inflight.active());
        counters.add(Metric.FATE_QUEUED, -queue.size());
        int[] handedOn = new int[1];
        Consumer<Delivery> handOn = delivery -> {
            if (delivery.share() != null) {
                shared.accept(delivery);
                handedOn[0]++;
            }
        };
        // [MQTT-4.8.2-5]: a QoS 2 message that was sent stays with this session, and ends with it.
        inflight.forEachKept(delivery -> {
            if (delivery.qos() == 1) {
                handOn.accept(delivery);
            }
            delivery.letGo(ledger);
        });
        queue.forEach(handOn.andThen(delivery -> delivery.letGo(ledger)));
        queue.clear();
        retained = null;
        counters.add(Metric.FATE_DROPPED_SESSION_ENDED, left - handedOn[0]);
        counters.add(Metric.DELIVERY_DROPPED, left - handedOn[0]);
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
        int length = queue.size() + (more > 0 ? 1 : 0);
        int most = settings.maxQueueLength(session.isDurable());
        boolean tooMany = most > 0 && (more > 0 ? length > most : length >= most);
        return tooMany || bytes() + more > settings.maxQueueBytes();
    }
}
