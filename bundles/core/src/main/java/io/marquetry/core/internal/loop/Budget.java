// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the messages held anywhere on this node weigh, against two water marks: above the high one the node is busy,
 * until it is below the low one. Each loop keeps a {@link Ledger} of its own and tells the others only when it has
 * gathered 64 KiB, so the node may go over its mark by 64 KiB for each loop, and by what is on its way then.
 */
public final class Budget {
    private static final Logger LOG = LoggerFactory.getLogger(Budget.class);
    static final long FOLD_BYTES = 64 << 10;

    /** What one loop adds and takes away; used by that loop only. */
    public final class Ledger {
        private long delta;

        /** Adds bytes that are held from now on, or with a negative number lets them go. */
        public void add(long bytes) {
            delta += bytes;
            if (busy || delta >= FOLD_BYTES || delta <= -FOLD_BYTES) {
                long folding = delta;
                delta = 0;
                Budget.this.add(folding);
            }
        }
    }

    private final AtomicLong folded = new AtomicLong();
    private final List<Ledger> ledgers = new CopyOnWriteArrayList<>();
    private final List<LongSupplier> others = new CopyOnWriteArrayList<>();
    private volatile long high = Long.MAX_VALUE;
    private volatile long low = Long.MAX_VALUE;
    private volatile boolean busy;
    private volatile int episode;

    /** A ledger for one more loop. */
    Ledger ledger() {
        Ledger ledger = new Ledger();
        ledgers.add(ledger);
        return ledger;
    }

    /** Counts bytes too that somebody else keeps account of. */
    void also(LongSupplier bytes) {
        others.add(bytes);
    }

    /** Adds bytes from any thread, or with a negative number lets them go. */
    public void add(long bytes) {
        folded.addAndGet(bytes);
        weigh();
    }

    /**
     * Sets the water marks.
     *
     * @param highBytes 0 is half of the heap
     * @param lowBytes 0 is 80 % of the high mark
     */
    public void water(long highBytes, long lowBytes) {
        long mark = highBytes > 0 ? highBytes : Runtime.getRuntime().maxMemory() / 2;
        high = mark;
        low = Math.min(mark, lowBytes > 0 ? lowBytes : mark / 5 * 4);
        weigh();
    }

    /** The bytes held now; exact while no loop works. */
    public long bytes() {
        long sum = folded.get();
        for (Ledger ledger : ledgers) {
            sum += ledger.delta;
        }
        for (LongSupplier other : others) {
            sum += other.getAsLong();
        }
        return sum;
    }

    /** Above so many bytes the node is busy. */
    public long highWater() {
        return high;
    }

    /** Whether the node has so much that it takes no more. Costs one field read while it has not. */
    public boolean isBusy() {
        return busy && weigh();
    }

    /** How often the node became busy: tells whether it still is, or is again. */
    public int episode() {
        return episode;
    }

    private boolean weigh() {
        long now = bytes();
        if (busy ? now < low : now > high) {
            turn(now);
        }
        return busy;
    }

    private synchronized void turn(long now) {
        if (!busy && now > high) {
            episode++;
            busy = true;
            LOG.warn(
                    "the node is busy: its messages take {} bytes, more than nodeHighWaterBytes = {}. Until they are"
                            + " below {} new clients are turned away and publishes are refused. Look for queues of"
                            + " clients that are offline or slow; raise nodeHighWaterBytes, and the heap if needed, or"
                            + " lower maxQueueBytes and sessionExpirySeconds.",
                    now,
                    high,
                    low);
        } else if (busy && now < low) {
            busy = false;
            LOG.info("the node is no longer busy: its messages take {} bytes, less than {}", now, low);
        }
    }
}
