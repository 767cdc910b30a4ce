// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What arrives from one publisher with one quality of service: numbered from 1 without a gap, a repetition or a step
 * back, each message with the mark that a hook gave it. Written by one thread, read by any.
 */
final class FleetStream {
    private final List<String> marks = new ArrayList<>();
    private long last;

    /** Takes a message; returns what is wrong with it. */
    synchronized Optional<String> received(long number, String mark) {
        if (marks.isEmpty() || !marks.get(marks.size() - 1).equals(mark)) {
            marks.add(mark);
        }
        long expected = last + 1;
        last = Math.max(last, number);
        return number == expected ? Optional.empty() : Optional.of("came " + number + ", expected " + expected);
    }

    /** The number of the last message. */
    synchronized long last() {
        return last;
    }

    /** Whether the last message had this mark; "" stands for none. */
    synchronized boolean isMarked(String mark) {
        return !marks.isEmpty() && marks.get(marks.size() - 1).equals(mark);
    }

    /** The marks in the order in which they appeared, each as often as it came anew. */
    synchronized List<String> marks() {
        return List.copyOf(marks);
    }
}
