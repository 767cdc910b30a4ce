// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.admin;

import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One listener at one moment.
 *
 * @param id its name, {@code type:name}, for example {@code tcp:default}
 * @param bind where it listens, or would, {@code host:port}
 * @param enabled whether its configuration switches it on
 * @param running whether it accepts connections
 * @param proxyProtocol whether a proxy in front of it must tell whose connection each one is
 * @param currentConnections connections now, those that have not sent their CONNECT included
 * @param maxConnections how many there may be; 0 is no bound
 * @param shutdownCount how many connections ended, by reason
 * @param values what else is counted, for example {@code handshakes.resumed}
 * @param problem why it does not run although it should, or null
 * @since 1.0
 */
public record ListenerInfo(
        String id,
        String bind,
        boolean enabled,
        boolean running,
        boolean proxyProtocol,
        long currentConnections,
        long maxConnections,
        SortedMap<String, Long> shutdownCount,
        SortedMap<String, Long> values,
        @Nullable String problem) {}
