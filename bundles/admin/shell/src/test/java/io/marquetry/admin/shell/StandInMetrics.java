// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Metrics;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Metrics that a test puts in. */
record StandInMetrics(
        SortedMap<String, Long> counters, SortedMap<String, Long> gauges, SortedMap<String, Long> accounting)
        implements Metrics {
    static StandInMetrics gauges(Map<String, Long> gauges) {
        return new StandInMetrics(
                new TreeMap<>(Map.of("messages.received", 5L, "packets.received", 9L)),
                new TreeMap<>(gauges),
                new TreeMap<>(Map.of("routed", 4L)));
    }
}
