// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.config;

import io.marquetry.api.config.Keys;

/**
 * Bounds of the retained messages.
 *
 * @param maxMessages how many; 0 is no bound
 * @param maxBytes how many bytes in all, topics and properties included; 0 is no bound
 * @param maxPayloadBytes the longest payload that is retained
 */
public record RetainedSettings(long maxMessages, long maxBytes, int maxPayloadBytes) {
    /** The section in which users find these keys. */
    public static final String PID = "io.marquetry.core.retained";

    /** Reads them; what is wrong is reported to {@code keys}. */
    public static RetainedSettings read(Keys keys) {
        return new RetainedSettings(
                keys.number("maxMessages", 1_000_000, 0, Long.MAX_VALUE),
                keys.number("maxBytes", 1L << 30, 0, Long.MAX_VALUE),
                keys.integer("maxPayloadBytes", 1 << 20, 0, 268_435_455));
    }
}
