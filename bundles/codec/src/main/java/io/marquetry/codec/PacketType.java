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

    /**
     * The first byte of a packet of this type, with the flags that it must have [MQTT-2.1.3]; those of PUBLISH vary.
     */
    int firstByte() {
        return ordinal() << 4 | (this == PUBREL || this == SUBSCRIBE || this == UNSUBSCRIBE ? 0x02 : 0);
    }

    /** The type in the high four bits of a packet's first byte. */
    public static PacketType ofFirstByte(int firstByte) {
        return ALL[(firstByte >> 4) & 0x0F];
    }
}
