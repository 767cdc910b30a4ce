// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import org.jspecify.annotations.Nullable;

/**
 * What was sent with a packet identifier and is not acknowledged yet, in the order of sending. Identifiers are given
 * out one after the other, so the place of one is its distance from the oldest: every step is O(1).
 *
 * <p>A slot lives until everything before it is gone too. A client that never acknowledges its oldest message so stops
 * us after 65,535 more, which is what the protocol has identifiers for.
 */
final class Inflight {
    static final byte DONE = 0;
    /** PUBLISH of QoS 1 was sent. */
    static final byte AT_LEAST_ONCE = 1;
    /** PUBLISH of QoS 2 was sent. */
    static final byte EXACTLY_ONCE = 2;
    /** PUBREL was sent. */
    static final byte RELEASED = 3;
    /** PUBLISH of QoS 2 is to be sent when its identifier survives. */
    static final byte RESERVED = 4;

    private static final int IDS = 65_535;
    private static final int FIRST_CAPACITY = 8;
    private static final @Nullable Delivery[] NO_DELIVERIES = {};
    private static final byte[] NO_STATES = {};

    private @Nullable Delivery[] deliveries = NO_DELIVERIES;
    private byte[] states = NO_STATES;
    private int head;
    private int span;
    private int headId = 1;
    /** Slots that are not done. */
    private int active;
    /** After a reconnect: how many slots from the head were sent again, or the whole span. */
    private int resent;
    /** Slots before {@link #resent} that are not done: what the client's Receive Maximum counts. */
    private int underWay;
    /** Slots behind {@link #resent} that were never sent. */
    private int reserved;

    /** How many are not acknowledged. */
    int active() {
        return active;
    }

    /** How many of them count against the client's Receive Maximum on this connection. */
    int underWay() {
        return underWay;
    }

    /** How many have an identifier and were not sent. */
    int reserved() {
        return reserved;
    }

    /** Whether nothing is left to be sent again. */
    boolean isResent() {
        return resent == span;
    }

    /** Whether an identifier can be reserved: there is a free one, and only such are left that were never sent. */
    boolean isReservable() {
        return active - underWay == reserved && span < IDS - 1;
    }

    /** Whether there is a free identifier, and nothing to send again first. */
    boolean isOpen() {
        return resent == span && span < IDS - 1;
    }

    /**
     * Takes the next identifier.
     *
     * @param delivery what may have to be sent again, or null when the session ends with this connection
     * @return the packet identifier
     */
    int add(int qos, @Nullable Delivery delivery) {
        int id = append(qos == 1 ? AT_LEAST_ONCE : EXACTLY_ONCE, delivery);
        resent++;
        underWay++;
        return id;
    }

    /**
     * Takes the next identifier for a QoS 2 message that is sent later, by {@link #nextToResend}.
     *
     * @return the packet identifier
     */
    int reserve(Delivery delivery) {
        reserved++;
        return append(RESERVED, delivery);
    }

    private int append(byte state, @Nullable Delivery delivery) {
        if (span == states.length) {
            grow();
        }
        int slot = slot(span);
        deliveries[slot] = delivery;
        states[slot] = state;
        int id = idAt(span);
        span++;
        active++;
        return id;
    }

    /**
     * Takes an identifier as a broker before us has used it; in the order of sending, before any other is taken. Those
     * between it and the one before are done.
     */
    void restore(int packetId, byte state, @Nullable Delivery delivery) {
        if (span == 0) {
            headId = packetId;
        }
        while (idAt(span) != packetId) {
            append(DONE, null);
            active--;
        }
        append(state, delivery);
    }

    /** The identifier that is given out next. */
    int nextId() {
        return idAt(span);
    }

    /** The next identifier is this one, when none is in use. */
    void nextId(int packetId) {
        if (span == 0) {
            headId = packetId;
        } else {
            while (idAt(span) != packetId) {
                append(DONE, null);
                active--;
            }
        }
    }

    /** Puts a delivery in the place of one whose message was not there. */
    void replace(int packetId, Delivery delivery) {
        deliveries[slot(place(packetId))] = delivery;
    }

    /** The state of an identifier; {@link #DONE} when it is not in use. */
    byte state(int packetId) {
        int place = place(packetId);
        return place < 0 ? DONE : states[slot(place)];
    }

    /** The delivery behind an identifier in use, or null when it was not kept. */
    @Nullable
    Delivery delivery(int packetId) {
        int place = place(packetId);
        return place < 0 ? null : deliveries[slot(place)];
    }

    /** PUBREC came: from now on only PUBREL may be sent again [MQTT-4.3.3-6]. */
    void release(int packetId) {
        int place = place(packetId);
        states[slot(place)] = RELEASED;
        deliveries[slot(place)] = null;
    }

    /** The last acknowledgement came: the identifier is free. */
    void done(int packetId) {
        int place = place(packetId);
        int slot = slot(place);
        if (states[slot] == RESERVED) {
            reserved--;
        }
        states[slot] = DONE;
        deliveries[slot] = null;
        active--;
        if (place < resent) {
            underWay--;
        }
        while (span > 0 && states[head] == DONE) {
            head = head + 1 & states.length - 1;
            headId = headId == IDS ? 1 : headId + 1;
            span--;
            if (resent > 0) {
                resent--;
            }
        }
    }

    /** A new connection: everything is to be sent again, in order [MQTT-4.4.0-1] [MQTT-4.6.0-1]. */
    void reconnected() {
        resent = 0;
        underWay = 0;
    }

    /** The identifier to send again next, or 0 when all were. */
    int nextToResend() {
        while (resent < span && states[slot(resent)] == DONE) {
            resent++;
        }
        return resent < span ? idAt(resent) : 0;
    }

    /** What {@link #nextToResend} told was sent. */
    void resent() {
        int slot = slot(resent);
        if (states[slot] == RESERVED) {
            states[slot] = EXACTLY_ONCE;
            reserved--;
        }
        resent++;
        underWay++;
    }

    /** Takes what is in use, in order. */
    interface Slots {
        /**
         * One of them.
         *
         * @param delivery null once PUBREC has come, or when it was not kept
         */
        void slot(int packetId, byte state, @Nullable Delivery delivery);
    }

    /** Every identifier that is in use, in order. */
    void forEach(Slots action) {
        for (int place = 0; place < span; place++) {
            byte state = states[slot(place)];
            if (state != DONE) {
                action.slot(idAt(place), state, deliveries[slot(place)]);
            }
        }
    }

    /** Every delivery that was kept and is not acknowledged, in order. */
    void forEachKept(java.util.function.Consumer<Delivery> action) {
        for (int place = 0; place < span; place++) {
            Delivery delivery = deliveries[slot(place)];
            if (delivery != null) {
                action.accept(delivery);
            }
        }
    }

    private int slot(int place) {
        return head + place & states.length - 1;
    }

    private int idAt(int place) {
        return (headId - 1 + place) % IDS + 1;
    }

    private int place(int packetId) {
        int distance = packetId - headId;
        if (distance < 0) {
            distance += IDS;
        }
        return distance < span ? distance : -1;
    }

    private void grow() {
        int capacity = Math.max(FIRST_CAPACITY, states.length * 2);
        @Nullable Delivery[] moreDeliveries = new Delivery[capacity];
        byte[] moreStates = new byte[capacity];
        for (int place = 0; place < span; place++) {
            moreDeliveries[place] = deliveries[slot(place)];
            moreStates[place] = states[slot(place)];
        }
        deliveries = moreDeliveries;
        states = moreStates;
        head = 0;
    }
}
