// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How long something took each time, in microseconds. Written by one thread, read by any. */
final class Delays {
    private final List<Long> micros = new ArrayList<>();

    synchronized void add(long nanos) {
        micros.add(nanos / 1000);
    }

    synchronized void clear() {
        micros.clear();
    }

    /** The longest of this part of them, the quickest first. */
    synchronized long of(double part) {
        List<Long> sorted = new ArrayList<>(micros);
        Collections.sort(sorted);
        return sorted.get((int) (part * (sorted.size() - 1)));
    }
}
