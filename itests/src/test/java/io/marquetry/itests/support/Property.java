// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.util.Arrays;
import java.util.Optional;

/** The properties of MQTT 5, section 2.2.2.2, with the data type of each. */
public enum Property {
    PAYLOAD_FORMAT(0x01, Type.BYTE),
    MESSAGE_EXPIRY(0x02, Type.FOUR_BYTES),
    CONTENT_TYPE(0x03, Type.TEXT),
    RESPONSE_TOPIC(0x08, Type.TEXT),
    CORRELATION_DATA(0x09, Type.BINARY),
    SUBSCRIPTION_ID(0x0B, Type.VARINT),
    SESSION_EXPIRY(0x11, Type.FOUR_BYTES),
    ASSIGNED_CLIENT_ID(0x12, Type.TEXT),
    SERVER_KEEP_ALIVE(0x13, Type.TWO_BYTES),
    AUTH_METHOD(0x15, Type.TEXT),
    AUTH_DATA(0x16, Type.BINARY),
    REQUEST_PROBLEM_INFO(0x17, Type.BYTE),
    WILL_DELAY(0x18, Type.FOUR_BYTES),
    REQUEST_RESPONSE_INFO(0x19, Type.BYTE),
    RESPONSE_INFO(0x1A, Type.TEXT),
    SERVER_REFERENCE(0x1C, Type.TEXT),
    REASON_STRING(0x1F, Type.TEXT),
    RECEIVE_MAXIMUM(0x21, Type.TWO_BYTES),
    TOPIC_ALIAS_MAXIMUM(0x22, Type.TWO_BYTES),
    TOPIC_ALIAS(0x23, Type.TWO_BYTES),
    MAXIMUM_QOS(0x24, Type.BYTE),
    RETAIN_AVAILABLE(0x25, Type.BYTE),
    USER(0x26, Type.PAIR),
    MAXIMUM_PACKET_SIZE(0x27, Type.FOUR_BYTES),
    WILDCARD_AVAILABLE(0x28, Type.BYTE),
    SUBSCRIPTION_ID_AVAILABLE(0x29, Type.BYTE),
    SHARED_AVAILABLE(0x2A, Type.BYTE);

    /** How the value is written. */
    public enum Type {
        BYTE,
        TWO_BYTES,
        FOUR_BYTES,
        VARINT,
        TEXT,
        BINARY,
        PAIR
    }

    private final int id;
    private final Type type;

    Property(int id, Type type) {
        this.id = id;
        this.type = type;
    }

    /** The property with this identifier, if the specification has one. */
    static Optional<Property> byId(int id) {
        return Arrays.stream(values()).filter(property -> property.id == id).findFirst();
    }

    /** The identifier on the wire. */
    public int id() {
        return id;
    }

    /** The data type of the value. */
    public Type type() {
        return type;
    }
}
