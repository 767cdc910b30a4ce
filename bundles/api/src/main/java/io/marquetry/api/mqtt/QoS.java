// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.mqtt;

/**
 * Quality of service of a message or a subscription [MQTT-4.3].
 *
 * @since 1.0
 */
public enum QoS {
    /** At most once: no acknowledgement. */
    AT_MOST_ONCE,
    /** At least once: acknowledged by PUBACK, may arrive twice. */
    AT_LEAST_ONCE,
    /** Exactly once: PUBREC, PUBREL, PUBCOMP. */
    EXACTLY_ONCE;

    private static final QoS[] ALL = values();

    /** The number on the wire: 0, 1 or 2. */
    public int value() {
        return ordinal();
    }

    /**
     * The quality of service with this number.
     *
     * @throws IllegalArgumentException when {@code value} is not 0, 1 or 2
     */
    public static QoS of(int value) {
        if (value < 0 || value > 2) {
            throw new IllegalArgumentException("QoS must be 0, 1 or 2, not " + value);
        }
        return ALL[value];
    }
}
