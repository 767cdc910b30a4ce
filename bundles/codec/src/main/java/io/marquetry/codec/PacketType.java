// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

/**
 * The control packet types [MQTT-2.1.2]. The ordinal is the number on the wire.
 *
 * @since 1.0
 */
public enum PacketType {
    RESERVED,
    CONNECT,
    CONNACK,
    PUBLISH,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBSCRIBE,
    SUBACK,
    UNSUBSCRIBE,
    UNSUBACK,
    PINGREQ,
    PINGRESP,
    DISCONNECT,
    AUTH;

    private static final PacketType[] ALL = values();

    /** The type in the high four bits of a packet's first byte. */
    public static PacketType ofFirstByte(int firstByte) {
        return ALL[(firstByte >> 4) & 0x0F];
    }
}
