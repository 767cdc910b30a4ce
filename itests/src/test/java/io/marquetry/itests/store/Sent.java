// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import java.util.BitSet;

/**
 * What was published on one topic by its one publisher: messages numbered from 1, and what the broker has answered to
 * each. Safe for all threads.
 */
final class Sent {
    private final int qos;
    private final BitSet acknowledged = new BitSet();
    private final BitSet refused = new BitSet();
    private int last;

    Sent(int qos) {
        this.qos = qos;
    }

    /** With which quality of service. */
    int qos() {
        return qos;
    }

    /** The number of a message that is about to be sent for the first time. */
    synchronized int next() {
        return ++last;
    }

    /** PUBACK, or PUBREC: the broker answers for this message from now on. */
    synchronized void acknowledged(int number) {
        acknowledged.set(number);
    }

    /** The broker has said that nobody will get this message. */
    synchronized void refused(int number) {
        refused.set(number);
    }

    /** The number of the last message. */
    synchronized int last() {
        return last;
    }

    /** The number of the last message that was acknowledged; 0 before the first. */
    synchronized int lastAcknowledged() {
        return Math.max(0, acknowledged.length() - 1);
    }

    /** How many messages were acknowledged. */
    synchronized int countAcknowledged() {
        return acknowledged.cardinality();
    }

    /** Whether the broker was asked for this message and did not refuse it. */
    synchronized boolean mayArrive(int number) {
        return number > 0 && number <= last && !refused.get(number);
    }

    /** The acknowledged messages among all but these. */
    synchronized BitSet acknowledgedBut(BitSet seen) {
        BitSet lost = (BitSet) acknowledged.clone();
        lost.andNot(seen);
        return lost;
    }
}
