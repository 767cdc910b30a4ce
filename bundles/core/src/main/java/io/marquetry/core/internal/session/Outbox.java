// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Subscription;
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

    private final ApplicationMessages session;
    private final Counters counters;
    private final Budget.Ledger ledger;
    private final @Nullable Durable durable;
    private final Window window;
    private final Waiting waiting;
    private @Nullable Recall recall;
    private boolean pumping;
    private boolean resuming;
    private @Nullable RetainedFeed retained;

    Outbox(ApplicationMessages session) {
        this.session = session;
        this.counters = session.home().counters();
        this.ledger = session.home().ledger();
        this.durable = session.durable();
        this.window = new Window(session, this);
        this.waiting = new Waiting(session, window);
    }

    /**
     * Whether nothing waits, so that a message may leave at once without overtaking one. What is to be sent again
     * counts: the client may never have seen it.
     */
    boolean isIdle() {
        return waiting.isEmpty() && window.isResent();
    }

    /** What waits for its turn. */
    Waiting waiting() {
        return waiting;
    }

    /** What is in flight. */
    Window window() {
        return window;
    }

    long bytes() {
        return waiting.bytes() + window.bytes();
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

    /** Sends a message at once when nothing waits and there is room; else it waits. */
    void deliver(
            @Nullable Link link,
            Frames frames,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Subscription share) {
        // What must not leave before it survives goes by the queue.
        boolean atOnce = durable == null || qos == 0 || (qos == 1 && frames.part() == null);
        if (atOnce && qos > 0 && link != null && isIdle() && link.isWritable() && window.hasRoom(link)) {
            send(link, frames, qos, retain, subscriptionIds, share);
            return;
        }
        waiting.enqueue(delivery(frames.publication(), qos, retain, subscriptionIds, share), frames.part());
        if (!atOnce && link != null && link.isWritable()) {
            session.pump(); // its packet identifier goes into the same batch
        }
    }

    private void send(
            Link link,
            Frames frames,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Subscription share) {
        Frames sent = link.firstSent(frames, qos, retain);
        if (sent == null) {
            return;
        }
        if (link.isTooLarge(sent, qos, subscriptionIds)) {
            session.dropped(Metric.FATE_DROPPED_TOO_LARGE, Metric.DELIVERY_DROPPED_TOO_LARGE);
            return;
        }
        // What ends with its connection is never sent again, so nothing is kept of it.
        Delivery kept = session.expirySeconds() == 0 && share == null
                ? null
                : delivery(sent.publication(), qos, retain, subscriptionIds, share);
        if (durable != null && kept instanceof StoredDelivery stored) {
            durable.keep(stored, null);
        }
        window.send(link, sent, qos, retain, subscriptionIds, kept);
    }

    private Delivery delivery(
            Publication publication,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Subscription share) {
        return durable == null
                ? new Delivery(publication, qos, retain, subscriptionIds, share)
                : new StoredDelivery(publication, qos, retain, subscriptionIds, share, durable.nextSequence());
    }

    /** How many QoS 1 messages may leave now. */
    int room(Link link) {
        return isIdle() ? window.room(link) : 0;
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
        resuming = true;
        if (retained != null) {
            retained.reconnected();
        }
    }

    /** Whether what waited for the client has not begun to leave. */
    boolean isResuming() {
        return resuming;
    }

    /** Sends what may be sent now. */
    void pump(Link link, Frames frames) {
        if (pumping) {
            return;
        }
        session.lookAtWhatWaited();
        if (resuming && session.isLooking()) {
            return; // the last answer brings us back
        }
        resuming = false;
        if (sendSome(link, frames)) {
            pumping = true;
            session.home().loop().execute(() -> {
                pumping = false;
                session.pump();
            });
        }
    }

    /** Returns whether it stopped only to let others have their turn. */
    private boolean sendSome(Link link, Frames frames) {
        window.resend(link, frames);
        if (!window.isResentOrReserved()) {
            return false; // an acknowledgement or the socket brings us back
        }
        if (!waiting.hasNext()) {
            return false; // what is read brings us back
        }
        int sent = 0;
        while (link.isWritable()) {
            if (sent == PER_TURN) {
                return true;
            }
            Delivery next = waiting.peek();
            if (next == null) {
                break;
            }
            if (next instanceof StoredDelivery stored && stored.consigned() != null) {
                return false; // its commit brings us back
            }
            if (next.publication().isExpired(session.home().now())) {
                waiting.poll(next);
                forget(next);
                session.dropped(Metric.FATE_EXPIRED, Metric.DELIVERY_DROPPED_EXPIRED);
            } else if (session.isWithheld(next)) {
                waiting.poll(next);
                forget(next);
                dropWithheld();
            } else if (window.isOpenFor(next, link)) {
                waiting.poll(next);
                sendOrDrop(link, frames, next);
                sent++;
            } else {
                break;
            }
            if (!waiting.hasNext()) {
                return false;
            }
        }
        pumpRetained(link, frames);
        return false;
    }

    private void forget(Delivery delivery) {
        if (durable != null) {
            durable.forget(delivery);
        }
    }

    private void pumpRetained(Link link, Frames frames) {
        while (retained != null && session.link() == link && waiting.isEmpty() && link.isWritable()) {
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
                session.dropped(Metric.FATE_EXPIRED, Metric.DELIVERY_DROPPED_EXPIRED);
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
            session.dropped(Metric.FATE_DROPPED_TOO_LARGE, Metric.DELIVERY_DROPPED_TOO_LARGE);
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

    /** The session ends: everything leaves, messages of shared subscriptions to other members [MQTT-4.8.2-4]. */
    void end() {
        int queued = waiting.size();
        int left = window.active() + queued;
        int[] handedOn = new int[1];
        Estate estate = durable == null ? null : new Estate(session, durable);
        Consumer<Delivery> leave = delivery -> {
            delivery.letGo(ledger);
            if (delivery.share() == null) {
                forget(delivery);
                return;
            }
            handedOn[0]++;
            if (estate != null && delivery.qos() > 0 && delivery instanceof StoredDelivery stored) {
                estate.handOn(stored);
            } else {
                session.redispatch(delivery, null);
            }
        };
        window.end(
                delivery -> {
                    boolean isAbsent = delivery instanceof StoredDelivery stored && stored.isAbsent();
                    if (estate != null && isAbsent && delivery.share() != null) {
                        estate.add((StoredDelivery) delivery);
                    } else {
                        leave.accept(delivery);
                    }
                },
                delivery -> {
                    delivery.letGo(ledger);
                    forget(delivery);
                });
        waiting.end(leave, estate);
        retained = null;
        int later = estate == null ? 0 : estate.settle();
        counters.add(Metric.FATE_QUEUED, later - queued);
        counters.add(Metric.FATE_DROPPED_SESSION_ENDED, left - later - handedOn[0]);
        counters.add(Metric.DELIVERY_DROPPED, left - later - handedOn[0]);
    }

    private void dropWithheld() {
        counters.add(Metric.FATE_DROPPED_NOT_AUTHORIZED);
        counters.add(Metric.DELIVERY_DROPPED);
    }
}
