// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Builds a CONNECT: a clean start, no keep alive, no will, unless it is told otherwise. */
public final class ConnectRequest {
    private final ProtocolVersion version;
    private final String clientId;
    private final Properties.Builder properties = Properties.builder();
    private boolean bridge;
    private boolean cleanStart = true;
    private int keepAlive;
    private Packet.@Nullable Will will;
    private @Nullable String username;
    private byte @Nullable [] password;

    private ConnectRequest(ProtocolVersion version, String clientId) {
        this.version = version;
        this.clientId = clientId;
    }

    public static ConnectRequest of(ProtocolVersion version, String clientId) {
        return new ConnectRequest(version, clientId);
    }

    public static ConnectRequest v5(String clientId) {
        return of(ProtocolVersion.MQTT_5, clientId);
    }

    public static ConnectRequest v3(String clientId) {
        return of(ProtocolVersion.MQTT_3_1_1, clientId);
    }

    /** Goes on with an earlier session, and, in MQTT 5, keeps it for so many seconds. */
    public ConnectRequest resume(long expirySeconds) {
        cleanStart = false;
        return version == ProtocolVersion.MQTT_5 ? with(Property.SESSION_EXPIRY_INTERVAL, expirySeconds) : this;
    }

    public ConnectRequest with(Property property, long value) {
        properties.with(property, value);
        return this;
    }

    public ConnectRequest with(Property property, String value) {
        properties.with(property, value);
        return this;
    }

    public ConnectRequest with(Property property, byte[] value) {
        properties.with(property, value);
        return this;
    }

    public ConnectRequest bridge() {
        bridge = true;
        return this;
    }

    public ConnectRequest keepAlive(int seconds) {
        keepAlive = seconds;
        return this;
    }

    public ConnectRequest user(String name, String itsPassword) {
        username = name;
        password = itsPassword.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    public ConnectRequest will(String topic, String payload, int qos, boolean retain, long delaySeconds) {
        Properties willProperties = delaySeconds == 0
                ? Properties.NONE
                : Properties.builder()
                        .with(Property.WILL_DELAY_INTERVAL, delaySeconds)
                        .build();
        will = new Packet.Will(topic, payload.getBytes(StandardCharsets.UTF_8), QoS.of(qos), retain, willProperties);
        return this;
    }

    public Packet.Connect build() {
        return new Packet.Connect(
                version, bridge, cleanStart, keepAlive, clientId, will, username, password, properties.build());
    }
}
