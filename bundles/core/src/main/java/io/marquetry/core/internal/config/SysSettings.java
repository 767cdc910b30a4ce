// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.config.Keys;

/**
 * What the broker publishes about itself under {@code $SYS}.
 *
 * @param messageIntervalSeconds seconds between two publications of version, statistics and metrics; 0 is never
 * @param heartbeatIntervalSeconds seconds between two publications of uptime and date; 0 is never
 * @param clientConnected whether each connect is published
 * @param clientDisconnected whether each disconnect is published
 * @param clientSubscribed whether each subscription is published
 * @param clientUnsubscribed whether the end of each subscription is published
 */
public record SysSettings(
        int messageIntervalSeconds,
        int heartbeatIntervalSeconds,
        boolean clientConnected,
        boolean clientDisconnected,
        boolean clientSubscribed,
        boolean clientUnsubscribed) {
    /** The section in which users find these keys. */
    public static final String PID = "io.marquetry.core.sys";

    /** Reads them; what is wrong is reported to {@code keys}. */
    public static SysSettings read(Keys keys) {
        return new SysSettings(
                keys.integer("messageIntervalSeconds", 60, 0, 86_400),
                keys.integer("heartbeatIntervalSeconds", 30, 0, 86_400),
                keys.flag("clientConnected", true),
                keys.flag("clientDisconnected", true),
                keys.flag("clientSubscribed", false),
                keys.flag("clientUnsubscribed", false));
    }
}
