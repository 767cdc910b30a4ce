// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.config.Rate;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.Timeout;
import io.marquetry.core.port.Terms;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one client to its rates, and all clients of its listener to theirs: over one of them the socket is not read for
 * a while, and nothing is dropped. There is one only where a rate is set.
 */
final class Throttle extends Timeout {
    private static final Logger LOG = LoggerFactory.getLogger(Throttle.class);

    /** Rates change while a client waits for a long time: it looks so often, in milliseconds. */
    private static final long LOOK_MILLIS = 1000;

    private final Connection connection;
    private final ListenerRates.Totals totals;
    private final @Nullable Bucket messages;
    private final @Nullable Bucket bytes;
    private int chargedUpTo;

    private Throttle(Connection connection, @Nullable Throttle before, Terms terms) {
        this.connection = connection;
        this.totals = connection.context().rates.of(connection.wire().entrance().listener(), terms);
        this.messages = kept(before == null ? null : before.messages, terms.messages());
        this.bytes = kept(before == null ? null : before.bytes, terms.bytes());
    }

    /** What these terms ask for, or null when they bound nothing. */
    static @Nullable Throttle of(Connection connection, @Nullable Throttle before, Terms terms) {
        boolean bounded = terms.messages().isBounded()
                || terms.bytes().isBounded()
                || terms.totalMessages().isBounded()
                || terms.totalBytes().isBounded();
        return bounded ? new Throttle(connection, before, terms) : null;
    }

    private static @Nullable Bucket kept(@Nullable Bucket before, Rate rate) {
        if (!rate.isBounded()) {
            return null;
        }
        return before != null && before.rate().equals(rate) ? before : new Bucket(rate);
    }

    /** A PUBLISH came. */
    void message() {
        if (messages != null) {
            messages.take(1, connection.home().now());
        }
        if (totals.messages() != null) {
            totals.messages().lease(connection.home().index()).take(1);
        }
    }

    /** A buffer comes, to be read from here on. */
    void from(int readerIndex) {
        chargedUpTo = readerIndex;
    }

    /** The buffer was read up to here, to the end of a packet. */
    void upTo(int readerIndex) {
        int length = readerIndex - chargedUpTo;
        if (length == 0) {
            return;
        }
        chargedUpTo = readerIndex;
        if (bytes != null) {
            bytes.take(length, connection.home().now());
        }
        if (totals.bytes() != null) {
            totals.bytes().lease(connection.home().index()).take(length);
        }
    }

    /** Whether one more packet may be read now; when not, the connection is paused until it may. */
    boolean admits() {
        long wait = waitMillis();
        if (wait == 0) {
            return true;
        }
        connection.pause(Pause.THROTTLED);
        connection.home().timers().set(this, Math.min(wait, LOOK_MILLIS));
        connection.counters().add(Metric.PACKETS_READ_PAUSED);
        LOG.debug("over its rate, not read for {} ms {}", wait, connection.who());
        long more = totals.log().pass();
        if (more >= 0) {
            LOG.info(
                    "socket_receive_paused_by_rate_limit: a client, or all of its listener together, sends more than"
                            + " the listener's rates allow and is not read for {} ms ({} more pauses since the last"
                            + " such line) {}",
                    wait,
                    more,
                    connection.who());
        }
        return false;
    }

    private long waitMillis() {
        long now = connection.home().now();
        long wait = 0;
        if (messages != null) {
            wait = messages.waitMillis(now);
        }
        if (bytes != null) {
            wait = Math.max(wait, bytes.waitMillis(now));
        }
        // A CONNECT is not kept waiting for what others send: its time is short.
        if (wait == 0 && connection.isLive()) {
            int loop = connection.home().index();
            if (totals.messages() != null) {
                wait = totals.messages().lease(loop).waitMillis(now);
            }
            if (totals.bytes() != null) {
                wait = Math.max(wait, totals.bytes().lease(loop).waitMillis(now));
            }
        }
        return wait;
    }

    @Override
    protected void expired() {
        long wait = connection.haveTermsChanged() ? 0 : waitMillis();
        if (wait == 0) {
            connection.resume(Pause.THROTTLED);
        } else {
            connection.home().timers().set(this, Math.min(wait, LOOK_MILLIS));
        }
    }
}
