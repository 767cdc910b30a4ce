// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

/** A protocol version as a CONNECT names it. */
public enum Version {
    /** MQTT 3.1, {@code MQIsdp} level 3. */
    V31("MQIsdp", 3),
    /** MQTT 3.1.1, {@code MQTT} level 4. */
    V311("MQTT", 4),
    /** MQTT 5.0, {@code MQTT} level 5. */
    V5("MQTT", 5);

    private final String protocolName;
    private final int level;

    Version(String protocolName, int level) {
        this.protocolName = protocolName;
        this.level = level;
    }

    /** The protocol name in the CONNECT. */
    public String protocolName() {
        return protocolName;
    }

    /** The protocol level in the CONNECT. */
    public int level() {
        return level;
    }

    /** Whether packets of this version carry properties and reason codes. */
    public boolean hasProperties() {
        return this == V5;
    }
}
