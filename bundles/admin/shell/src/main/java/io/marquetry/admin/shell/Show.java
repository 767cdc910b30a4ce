// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.client.ClientInfo;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How values of the broker are written. */
final class Show {
    private static final long FOR_EVER = 4_294_967_295L;

    private Show() {}

    static String address(@Nullable ClientInfo client) {
        InetSocketAddress address = client == null ? null : client.remoteAddress();
        if (address == null) {
            return "-";
        }
        String host = address.getAddress() == null
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    static String version(@Nullable ClientInfo client) {
        if (client == null) {
            return "-";
        }
        return switch (client.version()) {
            case MQTT_3_1 -> "3.1";
            case MQTT_3_1_1 -> "3.1.1";
            case MQTT_5 -> "5.0";
        };
    }

    /** {@code group=field, site=7}, or a dash. */
    static String attributes(ClientInfo client) {
        return client.attributes().isEmpty()
                ? "-"
                : client.attributes().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(", "));
    }

    static String expiry(long seconds) {
        return seconds == FOR_EVER ? "never" : seconds + " s after the connection";
    }

    /** {@code [{normal,3},{keepalive_timeout,1}]}, as the reference of listener commands has it. */
    static String counts(SortedMap<String, Long> counts) {
        return counts.entrySet().stream()
                .map(entry -> "{" + entry.getKey() + "," + entry.getValue() + "}")
                .collect(Collectors.joining(",", "[", "]"));
    }
}
