// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.config.Rate;

/**
 * What all clients of a listener may have together. Each loop leases a small share at a time and spends it without
 * asking anyone, so loops meet once for each share and not for each message. What a loop has leased and not spent, at
 * most one share, is its own.
 */
final class TotalRate {
    /** A share is what the rate gives in this time. */
    private static final long SHARE_MILLIS = 20;

    /** One loop's; touched by that loop only. */
    final class Lease {
        private long left;

        /** Whether that many are there without asking anyone. */
        boolean holds(long count) {
            return left >= count;
        }

        /** Takes some, whether they are there or not. */
        void take(long count) {
            left -= count;
        }

        /** How long until one is there, in milliseconds; 0 when there is one. */
        long waitMillis(long nowMillis) {
            if (left > 0) {
                return 0;
            }
            long wanted = share - left;
            long wait = lease(wanted, nowMillis);
            if (wait == 0) {
                left += wanted;
            }
            return wait;
        }
    }

    private final Bucket bucket;
    private final long share;
    private final Lease[] leases;

    TotalRate(Rate rate, int loops) {
        this.bucket = new Bucket(rate);
        this.share = Math.max(1, (long) ((double) rate.amount() * SHARE_MILLIS / rate.millis()));
        this.leases = new Lease[loops];
        for (int i = 0; i < loops; i++) {
            leases[i] = new Lease();
        }
    }

    Rate rate() {
        return bucket.rate();
    }

    Lease lease(int loop) {
        return leases[loop];
    }

    /** A few additions under a lock that is taken a hundred times a second at most for each loop, or never at rest. */
    private synchronized long lease(long count, long nowMillis) {
        long wait = bucket.waitMillis(nowMillis);
        if (wait == 0) {
            bucket.take(count, nowMillis);
        }
        return wait;
    }
}
