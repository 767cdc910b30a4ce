// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker.crash;

/** The will of one connection: promised by CONNACK, due when the connection was lost without a goodbye. */
final class Testament {
    /** How exact the broker is about when a connection was lost that was there when it was killed, in milliseconds. */
    static final long MARGIN = 48_000;

    private final Ledger ledger;
    final Sent message;
    final int delaySeconds;
    private boolean promised;
    private long due = Long.MAX_VALUE;

    Testament(Ledger ledger, Sent message, int delaySeconds) {
        this.ledger = ledger;
        this.message = message;
        this.delaySeconds = delaySeconds;
        message.premature = true;
    }

    void promise() {
        promised = true;
    }

    /** The connection is gone, and nobody has said goodbye. */
    void lost(long wallTime) {
        message.premature = false;
        if (promised) {
            message.firstSent = ledger.tick(message.publisher + " " + message.number + " is due");
            due = wallTime + delaySeconds * 1000L;
        }
    }

    /** It may be published or not: the client came back in time, said goodbye, or has ended its session. */
    void revoke() {
        message.premature = false;
        due = Long.MAX_VALUE;
    }

    /** It is due, and nobody knows whether it was published. */
    void forget() {
        if (due != Long.MAX_VALUE) {
            revoke();
        }
    }

    /** The client is back; a will that waits is not published then. */
    void returned(long wallTime) {
        if (delaySeconds > 0 && wallTime < due + MARGIN && due != Long.MAX_VALUE) {
            revoke();
        }
    }

    /** Everything has come to rest. */
    void rest(long wallTime) {
        if (!message.isAcknowledged() && due != Long.MAX_VALUE && wallTime > due + (delaySeconds > 0 ? MARGIN : -1)) {
            message.acknowledged = ledger.tick(message.publisher + " " + message.number + " has to be there");
        }
    }
}
