// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.config.Rate;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.port.Terms;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The rates that all clients of a listener share, by listener. Callable from any thread. */
final class ListenerRates {
    private static final long LOG_MILLIS = 60_000;

    /**
     * The rates of one listener.
     *
     * @param messages of messages, or null when there is no bound
     * @param bytes of bytes, or null when there is no bound
     * @param log lets a line through once a minute
     */
    record Totals(@Nullable TotalRate messages, @Nullable TotalRate bytes, RateLimitedLog log) {}

    private final Map<String, Totals> byListener = new ConcurrentHashMap<>();
    private final int loops;
    private final LongSupplier clock;

    ListenerRates(int loops, LongSupplier clock) {
        this.loops = loops;
        this.clock = clock;
    }

    /** The rates of a listener on these terms; one that did not change goes on where it is. */
    Totals of(String listener, Terms terms) {
        return byListener.compute(listener, (name, before) -> {
            TotalRate messages = kept(before == null ? null : before.messages(), terms.totalMessages());
            TotalRate bytes = kept(before == null ? null : before.bytes(), terms.totalBytes());
            RateLimitedLog log = before == null ? new RateLimitedLog(clock, LOG_MILLIS) : before.log();
            return new Totals(messages, bytes, log);
        });
    }

    private @Nullable TotalRate kept(@Nullable TotalRate before, Rate rate) {
        if (!rate.isBounded()) {
            return null;
        }
        return before != null && before.rate().equals(rate) ? before : new TotalRate(rate, loops);
    }
}
