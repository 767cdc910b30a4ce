// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.config.Rate;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.Timeout;
import io.marquetry.core.port.Terms;
import io.netty.buffer.ByteBuf;
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

    /** No PUBLISH is shorter, in bytes. */
    private static final int SHORTEST = 5;

    private final Connection connection;
    private final ListenerRates.Totals totals;
    private final @Nullable Bucket messages;
    private final @Nullable Bucket bytes;
    /** When the buffer came. */
    private long now;

    private int chargedUpTo;
    private int uncharged;
    private boolean isFar;

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
        uncharged++;
    }

    /**
     * A buffer comes, to be read from here on. Far from every bound it is read without a look at each packet, and
     * charged in one go.
     */
    void from(ByteBuf in) {
        chargedUpTo = in.readerIndex();
        now = connection.home().now();
        int length = in.readableBytes();
        isFar = holds(messages, length / SHORTEST + 1)
                && holds(bytes, length)
                && holds(totals.messages(), length / SHORTEST + 1)
                && holds(totals.bytes(), length);
    }

    private boolean holds(@Nullable Bucket bucket, long count) {
        return bucket == null || bucket.holds(count, now);
    }

    private boolean holds(@Nullable TotalRate rate, long count) {
        return rate == null || rate.lease(connection.home().index()).holds(count);
    }

    /** Whether one more packet may be read now; when not, the connection is paused until it may. */
    boolean mayRead(ByteBuf in) {
        if (isFar) {
            return true;
        }
        upTo(in.readerIndex());
        return !in.isReadable() || admits();
    }

    /** The buffer was read up to here, to the end of a packet: what came is charged. */
    void upTo(int readerIndex) {
        int length = readerIndex - chargedUpTo;
        int count = uncharged;
        chargedUpTo = readerIndex;
        uncharged = 0;
        int loop = connection.home().index();
        if (messages != null && count > 0) {
            messages.take(count, now);
        }
        if (totals.messages() != null) {
            totals.messages().lease(loop).take(count);
        }
        if (bytes != null && length > 0) {
            bytes.take(length, now);
        }
        if (totals.bytes() != null) {
            totals.bytes().lease(loop).take(length);
        }
    }

    private boolean admits() {
        long wait = waitMillis();
        if (wait == 0) {
            return true;
        }
        connection.reading().pause(Pause.THROTTLED);
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
        now = connection.home().now();
        long wait = connection.reading().haveTermsChanged() ? 0 : waitMillis();
        if (wait == 0) {
            connection.reading().resume(Pause.THROTTLED);
        } else {
            connection.home().timers().set(this, Math.min(wait, LOOK_MILLIS));
        }
    }
}
