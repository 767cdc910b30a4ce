// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.access;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of one client that are remembered, those asked for last. A topic is looked up by its bytes as they lie
 * in the read buffer's copy, so looking up makes no object.
 */
final class DecisionCache {
    private static final class Key {
        private int wanted;
        private byte[] topic = {};
        private int length;
        private int hash;

        Key set(int itsWanted, byte[] itsTopic, int itsLength) {
            wanted = itsWanted;
            topic = itsTopic;
            length = itsLength;
            int h = itsWanted;
            for (int i = 0; i < itsLength; i++) {
                h = 31 * h + itsTopic[i];
            }
            hash = h;
            return this;
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && key.hash == hash
                    && key.wanted == wanted
                    && Arrays.equals(key.topic, 0, key.length, topic, 0, length);
        }
    }

    private static final byte[] NOTHING = {};

    private final Map<Key, Boolean> decisions = new LinkedHashMap<>(8, 0.75f, true);
    private final Key probe = new Key();

    /** Whether it is allowed, or null when that is not remembered. */
    @Nullable
    Boolean find(int wanted, byte[] topic, int length) {
        Boolean found = decisions.get(probe.set(wanted, topic, length));
        probe.topic = NOTHING;
        probe.length = 0;
        return found;
    }

    /** Remembers a decision, and forgets the one not asked for the longest when there are too many. */
    void remember(int wanted, byte[] topic, boolean allowed, int most) {
        decisions.put(new Key().set(wanted, topic, topic.length), allowed);
        for (Iterator<Key> oldest = decisions.keySet().iterator(); decisions.size() > most; ) {
            oldest.next();
            oldest.remove();
        }
    }

    int size() {
        return decisions.size();
    }
}
