// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.mqtt;

import java.util.Objects;

/**
 * A name and value that an application attaches to an MQTT 5 packet; names may repeat and order counts [MQTT-3.3.2-18].
 *
 * @param name the name, a valid UTF-8 string of at most 65,535 bytes
 * @param value the value, likewise
 * @since 1.0
 */
public record UserProperty(String name, String value) {
    /** Refuses nulls. */
    public UserProperty {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
    }
}
