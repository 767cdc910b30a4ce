// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the operator of a session whose queue overflows: at most one line in ten seconds, with how many were lost. */
final class Overflow {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final long LOG_MILLIS = 10_000;

    private final ApplicationMessages session;
    private long ever;
    private long dropped;
    private long logAfter = Long.MIN_VALUE;

    Overflow(ApplicationMessages session) {
        this.session = session;
    }

    /** How many messages found no room, ever. */
    long ever() {
        return ever;
    }

    /** A message found no room, and nobody is to be told. */
    void refused() {
        ever++;
    }

    void dropped(Delivery delivery, long bytes) {
        ever++;
        dropped++;
        long now = session.home().now();
        if (logAfter <= now) {
            LOG.warn(
                    "the queue is full ({} messages, {} bytes): dropped {} of the oldest since the last such line; the"
                            + " client is {}. Raise maxQueueLength or maxQueueBytes, or set queueFull = refuse."
                            + " client={} topic={}",
                    session.queueLength(),
                    bytes,
                    dropped,
                    session.isOnline() ? "slower than its publishers" : "offline",
                    session.clientId(),
                    delivery.publication().topic());
            logAfter = now + LOG_MILLIS;
            dropped = 0;
        }
    }
}
