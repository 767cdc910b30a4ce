// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.store;

import java.util.SortedMap;

/**
 * How a store is.
 *
 * @param engine what it is made of, with its version, for example {@code RocksDB 11.8.1}
 * @param location where it lies, for example the absolute path of its folder
 * @param state whether it takes commits
 * @param problem why not, in one sentence; empty when it does
 * @param diskBytes how many bytes it has on disk
 * @param freeBytes how many bytes it could still write there
 * @param commits how long commits took, from the call until they had ended, since it was opened
 * @param counters anything else that it counts, by dotted names: {@code commits}, {@code changes}, {@code bytes},
 *     {@code syncs}, {@code sync.errors}, {@code batches.waiting} are always there
 * @since 1.0
 */
public record StoreStatus(
        String engine,
        String location,
        Store.State state,
        String problem,
        long diskBytes,
        long freeBytes,
        Histogram commits,
        SortedMap<String, Long> counters) {
    /**
     * How often something took how long.
     *
     * @param bounds upper bounds in microseconds, growing; the last bucket has none
     * @param counts one more than bounds: how often each bucket was met, not summed up
     * @param sumMicros all together, in microseconds
     */
    public record Histogram(long[] bounds, long[] counts, long sumMicros) {
        public Histogram {
            if (counts.length != bounds.length + 1) {
                throw new IllegalArgumentException(
                        "expected one count more than bounds: " + (bounds.length + 1) + ", not " + counts.length);
            }
            bounds = bounds.clone();
            counts = counts.clone();
        }

        @Override
        public long[] bounds() {
            return bounds.clone();
        }

        @Override
        public long[] counts() {
            return counts.clone();
        }

        /**
         * The bound below which a part of all lies.
         *
         * @param part from 0 to 1, for example 0.99
         * @return microseconds; 0 when there was nothing yet, the greatest bound for what is above it
         */
        public long quantile(double part) {
            long all = 0;
            for (long count : counts) {
                all += count;
            }
            long wanted = (long) Math.ceil(all * part);
            long seen = 0;
            for (int i = 0; i < bounds.length && all > 0; i++) {
                seen += counts[i];
                if (seen >= wanted) {
                    return bounds[i];
                }
            }
            return all == 0 ? 0 : bounds[bounds.length - 1];
        }
    }
}
