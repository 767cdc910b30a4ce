// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreStatus;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** What is counted about commits. One thread counts, any thread reads. */
final class Commits {
    /** In microseconds: from a write into the memory of the system to a disk that is in trouble. */
    private static final long[] BOUNDS = {
        50,
        100,
        200,
        500,
        1_000,
        2_000,
        5_000,
        10_000,
        20_000,
        50_000,
        100_000,
        200_000,
        500_000,
        1_000_000,
        2_000_000,
        5_000_000,
        10_000_000
    };

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
    private final AtomicLong sumMicros = new AtomicLong();
    private final AtomicLong commits = new AtomicLong();
    private final AtomicLong groups = new AtomicLong();
    private final AtomicLong changes = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong syncs = new AtomicLong();
    private final AtomicLong syncMicros = new AtomicLong();
    private final AtomicLong syncErrors = new AtomicLong();
    private final AtomicLong writeErrors = new AtomicLong();
    private final AtomicLong full = new AtomicLong();
    /** Batches that were handed over and whose commits have not ended; counted by every thread. */
    final AtomicInteger waiting = new AtomicInteger();

    /** A commit ended well that was asked for at this time of {@link System#nanoTime}. */
    void committed(long since, long now) {
        long micros = TimeUnit.NANOSECONDS.toMicros(Math.max(0, now - since));
        int bucket = 0;
        while (bucket < BOUNDS.length && micros > BOUNDS[bucket]) {
            bucket++;
        }
        add(commits, 1);
        add(sumMicros, micros);
        counts.lazySet(bucket, counts.get(bucket) + 1);
    }

    /** A group was written. */
    void wrote(Group group, boolean sync, long nanos) {
        add(groups, 1);
        add(changes, group.changes());
        add(bytes, group.length());
        if (sync) {
            add(syncs, 1);
            add(syncMicros, TimeUnit.NANOSECONDS.toMicros(nanos));
        }
    }

    /** A group could not be written. */
    void failed(boolean sync) {
        add(sync ? syncErrors : writeErrors, 1);
    }

    /** There was no room any more. */
    void full() {
        add(full, 1);
    }

    /** How long commits took. */
    StoreStatus.Histogram latency() {
        long[] all = new long[counts.length()];
        for (int i = 0; i < all.length; i++) {
            all[i] = counts.get(i);
        }
        return new StoreStatus.Histogram(BOUNDS, all, sumMicros.get());
    }

    /** Everything else. */
    void tell(Map<String, Long> counters) {
        counters.put("commits", commits.get());
        counters.put("groups", groups.get());
        counters.put("changes", changes.get());
        counters.put("bytes", bytes.get());
        counters.put("syncs", syncs.get());
        counters.put("sync.micros", syncMicros.get());
        counters.put("sync.errors", syncErrors.get());
        counters.put("write.errors", writeErrors.get());
        counters.put("full", full.get());
        counters.put("batches.waiting", (long) waiting.get());
    }

    /** Only one thread adds, so there is nothing to compare with. */
    private static void add(AtomicLong counter, long more) {
        counter.lazySet(counter.get() + more);
    }
}
