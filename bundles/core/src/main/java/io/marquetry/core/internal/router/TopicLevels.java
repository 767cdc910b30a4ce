// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import java.security.SecureRandom;
import java.util.Arrays;

/** Where the levels of a topic begin and end, with the hash of each; one object is used for every topic of a loop. */
final class TopicLevels {
    /** Another one in each broker: nobody can choose names that all fall together. */
    private static final long FACTOR = new SecureRandom().nextLong() | 1;

    private byte[] bytes = {};
    private int[] ends = new int[16];
    private int[] hashes = new int[16];
    private int count;

    /** Takes a topic name or filter apart. */
    TopicLevels read(byte[] topic) {
        return read(topic, topic.length);
    }

    /** Takes the topic name apart that fills the first bytes of an array. */
    TopicLevels read(byte[] topic, int length) {
        bytes = topic;
        count = 0;
        long h = FACTOR;
        for (int i = 0; i < length; i++) {
            byte b = topic[i];
            if (b == '/') {
                add(i, h);
                h = FACTOR;
            } else {
                h = (h ^ b) * FACTOR;
            }
        }
        add(length, h);
        return this;
    }

    private void add(int end, long hash) {
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, count * 2);
            hashes = Arrays.copyOf(hashes, count * 2);
        }
        ends[count] = end;
        hashes[count] = (int) (hash ^ hash >>> Integer.SIZE);
        count++;
    }

    int count() {
        return count;
    }

    byte[] bytes() {
        return bytes;
    }

    int from(int level) {
        return level == 0 ? 0 : ends[level - 1] + 1;
    }

    int to(int level) {
        return ends[level];
    }

    /** The hash of a level's name. Good for this run of the broker only. */
    int hash(int level) {
        return hashes[level];
    }

    byte[] name(int level) {
        return Arrays.copyOfRange(bytes, from(level), to(level));
    }

    /** Whether a level is that one character. */
    boolean is(int level, char c) {
        int from = from(level);
        return ends[level] == from + 1 && bytes[from] == c;
    }

    /** Whether the topic begins with {@code $}, so that a wildcard does not match its first level [MQTT-4.7.2-1]. */
    boolean isReserved() {
        return ends[0] > 0 && bytes[0] == '$';
    }
}
