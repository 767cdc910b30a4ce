// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.mqtt;

/**
 * A version of the MQTT protocol that the broker speaks.
 *
 * @since 1.0
 */
public enum ProtocolVersion {
    /** MQTT 3.1, protocol name {@code MQIsdp}, level 3. */
    MQTT_3_1(3, "MQIsdp"),
    /** MQTT 3.1.1, level 4. */
    MQTT_3_1_1(4, "MQTT"),
    /** MQTT 5.0, level 5. */
    MQTT_5(5, "MQTT");

    private final int level;
    private final String protocolName;

    ProtocolVersion(int level, String protocolName) {
        this.level = level;
        this.protocolName = protocolName;
    }

    /** The protocol level in CONNECT: 3, 4 or 5. */
    public int level() {
        return level;
    }

    /** The protocol name in CONNECT. */
    public String protocolName() {
        return protocolName;
    }
}
