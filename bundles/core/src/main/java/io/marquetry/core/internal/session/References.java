// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether every message that queues refer to is there, and whether every message is referred to. However many
 * there are, only a million numbers are in memory at once: for each million the queues are read once more.
 */
final class References {
    private static final int MOST = 1 << 20;

    /** Takes what does not seem to fit. */
    interface Suspicions {
        /** A record of a queue refers to a message that was not there when we looked. */
        void missing(byte[] queueKey, long number);

        /** No queue refers to a message. */
        void unused(long number);

        /** Looks at them again, outside of any reading. */
        void lookAgain() throws StoreException;
    }

    private static final int PAGE = 100_000;

    private final Store store;
    private final Suspicions suspicions;
    private final int most;

    private long[] numbers = new long[1024];
    private int count;
    private BitSet used = new BitSet();

    References(Store store, Suspicions suspicions) {
        this(store, suspicions, MOST);
    }

    References(Store store, Suspicions suspicions, int most) {
        this.store = store;
        this.suspicions = suspicions;
        this.most = most;
    }

    void look() throws StoreException {
        long from = 0;
        boolean more = true;
        while (more) {
            more = readNumbers(from);
            long to = more ? numbers[count - 1] : Long.MAX_VALUE;
            readQueues(from, to);
            for (int i = used.nextClearBit(0); i < count; i = used.nextClearBit(i + 1)) {
                suspicions.unused(numbers[i]);
            }
            suspicions.lookAgain();
            from = to + 1;
        }
    }

    /** Returns whether there are more. */
    private boolean readNumbers(long from) throws StoreException {
        count = 0;
        used = new BitSet();
        store.read(Table.MESSAGE, Keys.of(from), null, (key, value) -> {
            if (key.length == Long.BYTES) {
                if (count == numbers.length) {
                    numbers = Arrays.copyOf(numbers, count * 2);
                }
                numbers[count++] = Keys.number(key);
            }
            return count < most;
        });
        return count == most;
    }

    private void readQueues(long from, long to) throws StoreException {
        byte @Nullable [] next = Keys.FIRST;
        while (next != null) {
            next = readQueues(next, from, to);
            suspicions.lookAgain();
        }
    }

    /** A page; returns where the next one begins, or null for the end. */
    private byte @Nullable [] readQueues(byte[] first, long from, long to) throws StoreException {
        int[] read = {0};
        byte[][] last = {first};
        store.read(Table.QUEUE, first, null, (key, value) -> {
            long number = referredTo(value);
            if (number >= from && number <= to && number != 0) {
                int place = Arrays.binarySearch(numbers, 0, count, number);
                if (place >= 0) {
                    used.set(place);
                } else {
                    suspicions.missing(key, number);
                }
            }
            last[0] = key;
            return ++read[0] < PAGE;
        });
        return read[0] < PAGE ? null : Arrays.copyOf(last[0], last[0].length + 1);
    }

    /** The number of the message that a record of a queue refers to; 0 when it has the message itself, or is none. */
    static long referredTo(byte @Nullable [] value) {
        try {
            return value == null ? 0 : QueueRecord.read(value).body();
        } catch (IllegalArgumentException e) {
            return 0;
        }
    }
}
