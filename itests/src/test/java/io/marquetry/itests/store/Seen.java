// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import java.util.BitSet;
import java.util.Optional;

/** What one subscriber has seen of one topic. Safe for all threads. */
final class Seen {
    private final BitSet numbers = new BitSet();
    private final boolean once;
    private int last;

    /** @param once whether a message must not come twice: it was sent with QoS 2, and QoS 2 was granted */
    Seen(boolean once) {
        this.once = once;
    }

    /** Takes a message; returns what is wrong with it. */
    synchronized Optional<String> received(int number) {
        if (numbers.get(number)) {
            return once ? Optional.of("QoS 2 message " + number + " came twice") : Optional.empty();
        }
        numbers.set(number);
        if (number < last) {
            return Optional.of("message " + number + " came for the first time behind " + last);
        }
        last = number;
        return Optional.empty();
    }

    synchronized BitSet numbers() {
        return (BitSet) numbers.clone();
    }
}
