// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

import static io.marquetry.core.internal.broker.crash.Window.NEVER;

/** A message as its publisher remembers it. Moments are steps of the {@link Ledger}. */
final class Sent {
    static final String WILL = "the will of ";
    private static final String LONG = " and much more" + ".".repeat(300);

    final String publisher;
    final int number;
    final String topic;
    final int qos;
    final boolean retain;
    /** An empty payload: nothing is retained from then on. */
    final boolean clears;

    final long begun;
    /** Of a will, when its connection was lost. */
    long firstSent;
    /** From when on it is promised. */
    long acknowledged = NEVER;
    /** From when on its publisher does not send it again. */
    long finished = NEVER;

    boolean repeated;
    /** It may have been refused, and the refusal been lost: then what came behind it was taken before it. */
    boolean inTrouble;
    /** Of a will, while its connection lives. */
    boolean premature;

    Sent(String publisher, int number, String topic, int qos, boolean retain, boolean clears, long now) {
        this.publisher = publisher;
        this.number = number;
        this.topic = topic;
        this.qos = qos;
        this.retain = retain;
        this.clears = clears;
        this.begun = now;
        this.firstSent = now;
    }

    boolean isAcknowledged() {
        return acknowledged != NEVER;
    }

    /** Wills are of a connection each. */
    boolean isWill() {
        return publisher.startsWith(WILL);
    }

    /** Some are so long that a store keeps them once for all queues. */
    String payload() {
        return clears ? "" : publisher + " " + number + (number % 3 == 0 ? LONG : "");
    }

    /** What orders it among others: publisher and topic. */
    String stream() {
        return publisher + " on " + topic;
    }

    @Override
    public String toString() {
        return "QoS " + qos + " " + publisher + " " + number + " on " + topic + " (sent " + firstSent
                + ", acknowledged " + (isAcknowledged() ? acknowledged : "never") + (repeated ? ", repeated" : "")
                + ")";
    }
}
