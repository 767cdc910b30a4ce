// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.core.internal.loop.RateLimitedLog;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one extension has of its own: the threads on which it may block, and the log of its faults, which one that fails
 * with every message must not fill. Callable from any thread.
 */
final class Owner {
    private static final Logger LOG = LoggerFactory.getLogger(Owner.class);
    private static final int FAULTS_KEPT = 10;

    private final String name;
    private final Ticker ticker;
    private final RateLimitedLog log;
    private final Deque<String> faults = new ArrayDeque<>();
    private @Nullable Bulkhead bulkhead;
    private @Nullable ClassLoader bulkheadLoader;
    private volatile @Nullable OwnerGuard guard;

    Owner(String name, Ticker ticker) {
        this.name = name;
        this.ticker = ticker;
        this.log = new RateLimitedLog(ticker::millis);
    }

    String name() {
        return name;
    }

    Ticker ticker() {
        return ticker;
    }

    /** Its threads; others than before when it was replaced meanwhile, so that what hangs is left behind. */
    synchronized Bulkhead bulkhead(ClassLoader loader) {
        Bulkhead current = bulkhead;
        if (current == null || bulkheadLoader != loader) {
            end();
            current = new Bulkhead(name, loader);
            bulkhead = current;
            bulkheadLoader = loader;
        }
        return current;
    }

    /** Its services are gone: whatever still runs is interrupted. */
    synchronized void end() {
        if (bulkhead != null) {
            bulkhead.close();
            bulkhead = null;
            bulkheadLoader = null;
        }
    }

    /** The guard for what the extension begins itself; one for each life of its bundle. */
    OwnerGuard guard(ClassLoader loader) {
        OwnerGuard made = new OwnerGuard(this, loader);
        guard = made;
        return made;
    }

    void closeGuard() {
        OwnerGuard made = guard;
        guard = null;
        if (made != null) {
            made.close();
        }
    }

    @Nullable
    OwnerGuard guardOrNull() {
        return guard;
    }

    /** The last faults, each with its time, oldest first. */
    List<String> faults() {
        synchronized (faults) {
            return List.copyOf(faults);
        }
    }

    /**
     * Something of this extension failed.
     *
     * @param what what it was to do, for example {@code look at a message}
     */
    void failed(String what, Throwable error) {
        long held = log.pass();
        if (held < 0) {
            return;
        }
        String fault =
                "was to " + what + " and " + (error instanceof TimeoutException ? "was late: " : "failed: ") + error;
        remember(fault);
        LOG.error(
                "the extension {} {}; expected an answer in time and no exception ({} more since the last line)",
                name,
                fault,
                held,
                error instanceof TimeoutException ? null : error);
    }

    private void remember(String line) {
        synchronized (faults) {
            if (faults.size() == FAULTS_KEPT) {
                faults.remove();
            }
            faults.add(Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + line);
        }
    }

    void opened(String service) {
        remember("is not waited for any more, as " + service + ": too many calls in a row failed or were late");
        LOG.error(
                "the extension {}: {} calls of {} in a row failed or were late; nobody waits for it now, one call tries"
                        + " again every {} s",
                name,
                Breaker.MOST_FAILURES,
                service,
                Breaker.OPEN_MILLIS / 1000);
    }

    void closed(String service) {
        remember("answers again, as " + service);
        LOG.info("the extension {}: {} answers again", name, service);
    }
}
