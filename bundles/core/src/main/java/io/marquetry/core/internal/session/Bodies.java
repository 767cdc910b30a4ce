// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * How many queues refer to each message that several have in the store; callable from any thread. Sessions that share
 * one are of one loop at first, and after a restart with another number of loops of any. There may be millions, nearly
 * all of them of queues that are in the store only, so each costs a few bytes.
 */
final class Bodies {
    private static final int STRIPES = 16;

    private final AtomicLong numbers = new AtomicLong();
    private final Counts[] stripes = new Counts[STRIPES];

    Bodies() {
        Arrays.setAll(stripes, i -> new Counts());
    }

    /** A number that no message had before. */
    long nextNumber() {
        return numbers.incrementAndGet();
    }

    /** Numbers up to this one are used. */
    void usedUpTo(long number) {
        numbers.accumulateAndGet(number, Math::max);
    }

    /** A message is there that nobody refers to yet. */
    void add(long number) {
        stripe(number).add(number, 0);
    }

    /** Whether a message is there. */
    boolean contains(long number) {
        return stripe(number).contains(number);
    }

    /** One more refers to a message. */
    void refer(long number) {
        stripe(number).add(number, 1);
    }

    /** One less refers to a message; returns whether it was the last, and the message is forgotten. */
    boolean release(long number) {
        return stripe(number).release(number);
    }

    /** Forgets all messages that nobody refers to. */
    void removeUnused(LongConsumer each) {
        for (Counts stripe : stripes) {
            stripe.unused().forEach(number -> {
                each.accept(number);
                stripe.remove(number);
            });
        }
    }

    private Counts stripe(long number) {
        return stripes[(int) (mix(number) >>> 60)];
    }

    private static long mix(long number) {
        return number * 0x9E3779B97F4A7C15L;
    }

    /** Numbers from 1 on with a count each, in a table with open places. */
    private static final class Counts {
        private long[] keys = new long[8];
        private int[] counts = new int[8];
        private int size;

        synchronized void add(long number, int more) {
            if (size >= keys.length / 4 * 3) {
                resize(keys.length * 2);
            }
            int at = find(number);
            if (keys[at] == 0) {
                keys[at] = number;
                counts[at] = 0;
                size++;
            }
            counts[at] += more;
        }

        synchronized boolean contains(long number) {
            return keys[find(number)] != 0;
        }

        synchronized boolean release(long number) {
            int at = find(number);
            if (keys[at] == 0 || --counts[at] > 0) {
                return false;
            }
            removeAt(at);
            return true;
        }

        synchronized void remove(long number) {
            int at = find(number);
            if (keys[at] != 0) {
                removeAt(at);
            }
        }

        synchronized List<Long> unused() {
            List<Long> found = new ArrayList<>();
            for (int i = 0; i < keys.length; i++) {
                if (keys[i] != 0 && counts[i] == 0) {
                    found.add(keys[i]);
                }
            }
            return found;
        }

        /** Where a number is, or the open place where it belongs. */
        private int find(long number) {
            int at = home(number);
            while (keys[at] != 0 && keys[at] != number) {
                at = at + 1 & keys.length - 1;
            }
            return at;
        }

        private int home(long number) {
            return (int) (mix(number) >>> 28) & keys.length - 1;
        }

        /** Those behind move up, so that none is cut off from where it is looked for. */
        private void removeAt(int gone) {
            int open = gone;
            int mask = keys.length - 1;
            for (int at = open + 1 & mask; keys[at] != 0; at = at + 1 & mask) {
                int away = at - home(keys[at]) & mask;
                if (away >= (at - open & mask)) {
                    keys[open] = keys[at];
                    counts[open] = counts[at];
                    open = at;
                }
            }
            keys[open] = 0;
            size--;
            if (keys.length > 64 && size < keys.length / 8) {
                resize(keys.length / 2);
            }
        }

        private void resize(int length) {
            long[] keysBefore = keys;
            int[] countsBefore = counts;
            keys = new long[length];
            counts = new int[length];
            for (int i = 0; i < keysBefore.length; i++) {
                if (keysBefore[i] != 0) {
                    int at = find(keysBefore[i]);
                    keys[at] = keysBefore[i];
                    counts[at] = countsBefore[i];
                }
            }
        }
    }
}
