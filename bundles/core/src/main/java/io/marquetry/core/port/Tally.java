// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.port;

import java.util.SortedMap;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What is counted for one listener since the broker's start. Callable from any thread.
 *
 * @since 1.0
 */
@ProviderType
public interface Tally {
    /**
     * Counts a connection that ended before it became a {@link Wire}.
     *
     * @param reason one of the names counted per listener, for example {@code ssl_upgrade_timeout}
     */
    void countRefused(String reason);

    /**
     * Adds to a counter that users see as {@code listener.TYPE.NAME.} and its name among the metrics.
     *
     * @param counter dotted words, for example {@code handshakes.resumed}
     */
    void add(String counter, long count);

    /**
     * Sets a present value that users see as {@code listener.TYPE.NAME.} and its name among the statistics.
     *
     * @param gauge dotted words, for example {@code certificate.expires_at}
     */
    void set(String gauge, long value);

    /** Wires that are open now. */
    long connections();

    /** How many connections ended, by reason. */
    SortedMap<String, Long> shutdownCount();

    /** Counters and present values, by their names. */
    SortedMap<String, Long> values();
}
