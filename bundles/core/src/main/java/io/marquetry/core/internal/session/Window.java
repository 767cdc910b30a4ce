// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.netty.util.collection.IntObjectHashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a session has sent and its client has not acknowledged. A QoS 2 message of a durable session is in here before
 * it leaves: it leaves as if it were sent again, once its packet identifier survives.
 */
final class Window {
    private final ApplicationMessages session;
    private final Outbox outbox;
    private final @Nullable Durable durable;
    private final Counters counters;
    private final Budget.Ledger ledger;
    private final Inflight inflight = new Inflight();
    private long bytes;

    Window(ApplicationMessages session, Outbox outbox) {
        this.session = session;
        this.outbox = outbox;
        this.durable = session.durable();
        this.counters = session.home().counters();
        this.ledger = session.home().ledger();
    }

    int active() {
        return inflight.active();
    }

    long bytes() {
        return bytes;
    }

    /** Whether nothing is left to be sent again; else the client may never have seen what is. */
    boolean isResent() {
        return inflight.isResent();
    }

    /** Whether a message may leave, now or when its identifier survives, without overtaking one. */
    boolean isOpenFor(Delivery next, Link link) {
        if (durable != null && next.qos() == 2) {
            return inflight.isReservable() && inflight.underWay() + inflight.reserved() < size(link);
        }
        return inflight.isResent() && (next.qos() == 0 || hasRoom(link));
    }

    /** Whether only what never left waits to leave. */
    boolean isResentOrReserved() {
        return inflight.active() - inflight.underWay() == inflight.reserved();
    }

    /** Whether one more QoS 1 or 2 message may be under way. */
    boolean hasRoom(Link link) {
        return inflight.isOpen() && inflight.underWay() < size(link);
    }

    /** How many more QoS 1 or 2 messages may be under way. */
    int room(Link link) {
        return inflight.isOpen() ? Math.max(0, size(link) - inflight.underWay()) : 0;
    }

    private int size(Link link) {
        return Math.min(session.settings().maxInflight(), link.receiveMaximum());
    }

    /** Sends a QoS 1 or 2 message at once; the caller has asked whether there is room. */
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
            bytes += kept.charge();
            kept.keep(ledger);
            if (durable != null) {
                durable.noteWindow();
            }
        }
        link.publish(frames, qos, retain, false, id, subscriptionIds);
    }

    /** Sends a QoS 2 message of a durable session as soon as its identifier survives. */
    void reserve(Durable its, StoredDelivery delivery) {
        inflight.reserve(delivery);
        counters.add(Metric.FATE_IN_FLIGHT);
        bytes += delivery.charge();
        delivery.keep(ledger);
        delivery.identified(its.noteWindow());
        its.await();
    }

    /** A new connection goes on with this session. */
    void reconnected() {
        inflight.reconnected();
    }

    /** Sends again what a connection before may have sent, and for the first time what has its identifier now. */
    void resend(Link link, Frames frames) {
        int window = size(link);
        int id;
        while (link.isWritable() && inflight.underWay() < window && (id = inflight.nextToResend()) != 0) {
            Delivery delivery = inflight.delivery(id);
            if (delivery == null) {
                link.pubRel(id);
                inflight.resent();
                continue;
            }
            boolean again = inflight.state(id) != Inflight.RESERVED;
            if (delivery instanceof StoredDelivery stored && !isReady(stored, again)) {
                return;
            }
            frames.begin(delivery.publication(), session.home().now());
            if (link.isTooLarge(frames, delivery.qos(), delivery.subscriptionIds())) {
                // [MQTT-3.1.2-25]: this connection takes less than the one before; as if it had been delivered
                remove(id, delivery);
                session.dropped(Metric.FATE_DROPPED_TOO_LARGE, Metric.DELIVERY_DROPPED_TOO_LARGE);
                continue;
            }
            link.publish(frames, delivery.qos(), delivery.retain(), again, id, delivery.subscriptionIds());
            inflight.resent();
        }
    }

    private boolean isReady(StoredDelivery delivery, boolean again) {
        if (delivery.isAbsent()) {
            outbox.readInflight();
            return false;
        }
        if (again || durable == null || durable.isIdentified(delivery)) {
            return true;
        }
        durable.await();
        return false;
    }

    private void remove(int id, Delivery delivery) {
        forget(delivery);
        uncharge(delivery);
        inflight.done(id);
        counters.add(Metric.FATE_IN_FLIGHT, -1);
    }

    // --- acknowledgements ---

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
        Delivery delivery = inflight.delivery(packetId);
        forget(delivery);
        uncharge(delivery);
        inflight.release(packetId);
        noteWindow();
        return true;
    }

    /** PUBCOMP; returns whether the identifier was in use. */
    boolean pubComp(int packetId) {
        if (inflight.state(packetId) != Inflight.RELEASED) {
            return false;
        }
        finish(packetId, true);
        noteWindow();
        return true;
    }

    private void finish(int packetId, boolean success) {
        Delivery delivery = inflight.delivery(packetId);
        forget(delivery);
        uncharge(delivery);
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
            bytes -= delivery.charge();
            delivery.letGo(ledger);
            outbox.waiting().checkFull();
        }
    }

    private void forget(@Nullable Delivery delivery) {
        if (durable != null && delivery != null) {
            durable.forget(delivery);
        }
    }

    private void noteWindow() {
        if (durable != null) {
            durable.noteWindow();
        }
    }

    // --- what survives ---

    /** What has to survive of the identifiers in use, or null when nothing has. */
    byte @Nullable [] record() {
        WindowRecord.Writer writer = new WindowRecord.Writer();
        inflight.forEach((id, state, delivery) -> {
            if (state == Inflight.RELEASED) {
                writer.slot(id, state, 0);
            } else if (delivery instanceof StoredDelivery stored) {
                writer.slot(id, state == Inflight.RESERVED ? Inflight.EXACTLY_ONCE : state, stored.sequence());
            }
        });
        return writer.isEmpty() ? null : writer.end(inflight.nextId());
    }

    /** An identifier was in use when the broker ended. */
    void restore(int packetId, byte state, @Nullable Delivery delivery) {
        inflight.restore(packetId, state, delivery);
        counters.add(Metric.FATE_RECOVERED);
        counters.add(Metric.FATE_IN_FLIGHT);
        bytes += delivery == null ? 0 : delivery.charge();
    }

    /** The identifier to go on with. */
    void nextId(int packetId) {
        inflight.nextId(packetId);
    }

    /**
     * Messages were read that were in flight when the broker ended.
     *
     * @param read by their sequences
     * @param upTo which of those that are still absent are lost: up to this sequence
     * @return how many are lost
     */
    int read(Map<Long, StoredDelivery> read, long upTo) {
        IntObjectHashMap<Delivery> lost = new IntObjectHashMap<>(4);
        inflight.forEach((id, state, delivery) -> {
            if (!(delivery instanceof StoredDelivery absent) || !absent.isAbsent()) {
                return;
            }
            StoredDelivery whole = read.get(absent.sequence());
            if (whole != null) {
                bytes += whole.charge() - absent.charge();
                inflight.replace(id, whole);
                whole.keep(ledger);
            } else if (absent.sequence() <= upTo) {
                lost.put(id, absent);
            }
        });
        lost.forEach((id, absent) -> {
            remove(id, absent);
            session.dropped(Metric.FATE_DROPPED_UNREADABLE, Metric.DELIVERY_DROPPED_UNREADABLE);
        });
        return lost.size();
    }

    /** The sequences between which messages in flight are absent, or null when none is. */
    long @Nullable [] absent() {
        long[] range = {Long.MAX_VALUE, Long.MIN_VALUE};
        inflight.forEach((id, state, delivery) -> {
            if (delivery instanceof StoredDelivery stored && stored.isAbsent()) {
                range[0] = Math.min(range[0], stored.sequence());
                range[1] = Math.max(range[1], stored.sequence());
            }
        });
        return range[0] > range[1] ? null : range;
    }

    /** The sequences in flight from one on: only with priorities do they leave in another order. */
    Set<Long> sequencesFrom(long first) {
        Set<Long> found = new HashSet<>();
        inflight.forEachKept(delivery -> {
            if (delivery instanceof StoredDelivery stored && stored.sequence() >= first) {
                found.add(stored.sequence());
            }
        });
        return found;
    }

    /**
     * The session ends; then nothing is left.
     *
     * @param open gets, in order, what is kept of messages that may go to others
     * @param ended gets those of QoS 2 that were sent: they stay with this session, and end with it [MQTT-4.8.2-5]
     */
    void end(Consumer<Delivery> open, Consumer<Delivery> ended) {
        counters.add(Metric.FATE_IN_FLIGHT, -inflight.active());
        inflight.forEach((id, state, delivery) -> {
            if (delivery != null) {
                (state == Inflight.EXACTLY_ONCE ? ended : open).accept(delivery);
            }
        });
    }
}
