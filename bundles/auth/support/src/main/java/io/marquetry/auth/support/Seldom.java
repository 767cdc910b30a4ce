// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Says what a client can bring about: each time at debug, and at info no more than once in ten seconds, with the number
 * of those in between, so that nobody fills the disk. Callable from any thread.
 */
public final class Seldom {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Logger log;
    private final LongSupplier nanos;
    private final AtomicLong nextAt;
    private final AtomicLong held = new AtomicLong();

    /** Says it here. */
    public Seldom(Logger log) {
        this(log, System::nanoTime);
    }

    Seldom(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.nextAt = new AtomicLong(nanos.getAsLong());
    }

    /** Says it, or counts it. */
    public void say(String sentence) {
        long now = nanos.getAsLong();
        long next = nextAt.get();
        if (now - next >= 0 && nextAt.compareAndSet(next, now + INTERVAL_NANOS)) {
            long more = held.getAndSet(0);
            log.info("{}{}", sentence, more == 0 ? "" : "; " + more + " more like it since the last line");
        } else {
            held.incrementAndGet();
            log.debug("{}", sentence);
        }
    }
}
