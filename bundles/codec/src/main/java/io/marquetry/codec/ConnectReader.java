// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;
import static io.marquetry.codec.ProtocolException.protocolError;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import org.jspecify.annotations.Nullable;

/** Reads CONNECT [MQTT-3.1], the only packet that tells its version itself. */
final class ConnectReader {
    private static final int BRIDGE = 0x80;
    private static final int USERNAME = 0x80;
    private static final int PASSWORD = 0x40;
    private static final int WILL_RETAIN = 0x20;
    private static final int WILL_QOS = 0x18;
    private static final int WILL = 0x04;
    private static final int CLEAN_START = 0x02;
    private static final int RESERVED = 0x01;

    private final BodyReader body;
    private final boolean shortestLength;

    /**
     * @param body behind the fixed header
     * @param shortestLength whether the remaining length came in its shortest form
     */
    ConnectReader(BodyReader body, boolean shortestLength) {
        this.body = body;
        this.shortestLength = shortestLength;
    }

    Packet.Connect read() throws ProtocolException {
        String name = body.text("the protocol name");
        int level = body.octet("the protocol level");
        ProtocolVersion version = version(name, level & ~BRIDGE);
        boolean bridge = (level & BRIDGE) != 0;
        if (version == null || (bridge && version == ProtocolVersion.MQTT_5)) {
            throw unsupported(name, level);
        }
        try {
            return read(version, bridge);
        } catch (ProtocolException e) {
            // An older client gets no CONNACK for a packet that does not conform [MQTT-3.1.4-1].
            throw version == ProtocolVersion.MQTT_5 ? e.inConnect(version) : e;
        }
    }

    private Packet.Connect read(ProtocolVersion version, boolean bridge) throws ProtocolException {
        boolean v5 = version == ProtocolVersion.MQTT_5;
        if (v5 && body.strict() && !shortestLength) {
            throw Varint.notShortest();
        }
        int flags = body.octet("the connect flags");
        checkFlags(flags, version);
        int keepAlive = body.uint16("the keep alive");
        Properties properties = v5 ? body.properties(PropertyPlace.CONNECT) : Properties.NONE;
        if (properties.has(Property.AUTHENTICATION_DATA) && !properties.has(Property.AUTHENTICATION_METHOD)) {
            throw protocolError("expected an authentication method with the authentication data");
        }
        String clientId = body.text("the client identifier");
        Packet.Will will = (flags & WILL) != 0 ? will(flags, v5) : null;
        String username = has(flags, USERNAME, version) ? body.text("the user name") : null;
        byte[] password = has(flags, PASSWORD, version) ? body.binary("the password") : null;
        body.finish(PacketType.CONNECT);
        return new Packet.Connect(
                version, bridge, (flags & CLEAN_START) != 0, keepAlive, clientId, will, username, password, properties);
    }

    private Packet.Will will(int flags, boolean v5) throws ProtocolException {
        Properties properties = v5 ? body.properties(PropertyPlace.WILL) : Properties.NONE;
        String topic = body.topic("the will topic");
        byte[] payload = body.binary("the will payload");
        return new Packet.Will(topic, payload, QoS.of((flags & WILL_QOS) >> 3), (flags & WILL_RETAIN) != 0, properties);
    }

    /** Whether a field is there. In 3.1 the remaining length has precedence over the flag (section 3.1 there). */
    private boolean has(int flags, int flag, ProtocolVersion version) {
        return (flags & flag) != 0 && (version != ProtocolVersion.MQTT_3_1 || body.hasMore());
    }

    private void checkFlags(int flags, ProtocolVersion version) throws ProtocolException {
        if ((flags & WILL_QOS) == WILL_QOS) {
            throw malformed("expected a will QoS of 0, 1 or 2, got 3"); // [MQTT-3.1.2-12]
        }
        if (!body.strict()) {
            return;
        }
        if ((flags & RESERVED) != 0 && version != ProtocolVersion.MQTT_3_1) {
            throw malformed("expected 0 as the reserved connect flag"); // [MQTT-3.1.2-3]
        }
        if ((flags & WILL) == 0 && (flags & (WILL_QOS | WILL_RETAIN)) != 0) {
            throw malformed(
                    "expected no will QoS and no will retain without a will"); // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
        }
        if (version != ProtocolVersion.MQTT_5 && (flags & (USERNAME | PASSWORD)) == PASSWORD) {
            throw malformed("expected a user name with the password"); // [MQTT-3.1.2-22] of 3.1.1
        }
    }

    private static @Nullable ProtocolVersion version(String name, int level) {
        for (ProtocolVersion version : ProtocolVersion.values()) {
            if (version.level() == level && version.protocolName().equals(name)) {
                return version;
            }
        }
        return null;
    }

    /**
     * A known name with an unknown level is told so in the form its sender is likely to read [MQTT-3.1.2-2]; behind an
     * unknown name there may be no MQTT at all, unless the level says that it is meant as MQTT 5 or newer.
     */
    private static ProtocolException unsupported(String name, int level) {
        ProtocolVersion answer = null;
        if ((level & ~BRIDGE) >= ProtocolVersion.MQTT_5.level()) {
            answer = ProtocolVersion.MQTT_5;
        } else if (name.equals(ProtocolVersion.MQTT_3_1_1.protocolName())
                || name.equals(ProtocolVersion.MQTT_3_1.protocolName())) {
            answer = ProtocolVersion.MQTT_3_1_1;
        }
        return new ProtocolException(
                ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
                "expected protocol MQIsdp 3, MQTT 4 or MQTT 5, got " + shown(name) + " " + level,
                answer);
    }

    /** A protocol name for the log: short, and without characters that could be taken for a line of their own. */
    private static String shown(String name) {
        String start = name.length() <= 16 ? name : name.substring(0, 16) + "...";
        return start.replaceAll("[^ -~]", "?");
    }
}
