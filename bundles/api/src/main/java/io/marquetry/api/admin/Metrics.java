// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.SortedMap;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The broker's counters. Registered by the broker as an OSGi service; callable from any thread.
 *
 * @since 1.0
 */
@ProviderType
public interface Metrics {
    /** Every counter since the start, by its name in {@code $SYS}, for example {@code messages.received}. */
    SortedMap<String, Long> counters();

    /** Every present value, by its name in {@code $SYS}, for example {@code connections.count}. */
    SortedMap<String, Long> gauges();

    /**
     * The fate of every publish and every copy. In a broker at rest, {@code received = routed + no_subscribers +
     * refused + qos2_duplicate}, and {@code matched + retained + redispatched + recovered = delivered + queued +
     * in_flight + expired + dropped}.
     */
    SortedMap<String, Long> accounting();
}
