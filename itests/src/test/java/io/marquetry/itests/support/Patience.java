// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * How long a test waits for what should happen soon: long enough for a loaded machine, and never longer than needed.
 */
public final class Patience {
    /** The longest wait for one thing; {@code -Dmarquetry.patienceSeconds} changes it. */
    public static final Duration LIMIT = Duration.ofSeconds(Integer.getInteger("marquetry.patienceSeconds", 10));

    private static final long POLL_NANOS = 10_000_000;

    private Patience() {}

    /** Polls until {@code condition} holds, at most {@link #LIMIT}. */
    public static void until(String what, BooleanSupplier condition) {
        until(what, LIMIT, condition);
    }

    /** Polls until {@code condition} holds, at most {@code limit}; fails with {@code what}. */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        untilPresent(
                () -> what,
                limit,
                () -> condition.getAsBoolean() ? java.util.Optional.of(true) : java.util.Optional.empty());
    }

    /** Polls until {@code source} gives a value, and returns it. */
    public static <T> T untilPresent(Supplier<String> what, Duration limit, Supplier<java.util.Optional<T>> source) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            java.util.Optional<T> value = source.get();
            if (value.isPresent()) {
                return value.get();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("Waited " + limit.toMillis() + " ms in vain: " + what.get());
            }
            java.util.concurrent.locks.LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
