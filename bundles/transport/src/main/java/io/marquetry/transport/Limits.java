// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.config.Keys;
import io.marquetry.api.config.Rate;

/**
 * How many may come by a listener.
 *
 * @param connections how many there may be; 0 is no bound
 * @param rate how many may come in a time
 * @param perAddress how many there may be from one address; 0 is no bound
 * @param pending how many may be between accept and the end of their handshakes
 */
record Limits(long connections, Rate rate, int perAddress, int pending) {
    static Limits read(Keys keys) {
        return new Limits(
                keys.number("maxConnections", 0, 0, Integer.MAX_VALUE),
                keys.rate("maxConnRate", "maxConnBurst"),
                keys.integer("maxConnectionsPerAddress", 0, 0, Integer.MAX_VALUE),
                keys.integer("maxPending", 1000, 1, 1_000_000));
    }
}
