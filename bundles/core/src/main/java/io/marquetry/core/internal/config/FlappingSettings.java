// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.config.Keys;

/**
 * When a client comes and goes too often, and how long it is banned then.
 *
 * @param enabled whether anyone counts
 * @param maxCount so many ends of a connection within the window ban the client identifier
 * @param windowSeconds the window, from the first of them
 * @param banSeconds how long the ban holds
 */
public record FlappingSettings(boolean enabled, int maxCount, int windowSeconds, int banSeconds) {
    /** The section in which users find these keys. */
    public static final String PID = "io.marquetry.core.flapping";

    /** Nobody counts. */
    public static final FlappingSettings OFF = new FlappingSettings(false, 15, 60, 300);

    /** Reads them; what is wrong is reported to {@code keys}. */
    public static FlappingSettings read(Keys keys) {
        return new FlappingSettings(
                keys.flag("enabled", OFF.enabled),
                keys.integer("maxCount", OFF.maxCount, 2, 10_000),
                keys.integer("windowSeconds", OFF.windowSeconds, 1, 86_400),
                keys.integer("banSeconds", OFF.banSeconds, 1, 31_536_000));
    }
}
