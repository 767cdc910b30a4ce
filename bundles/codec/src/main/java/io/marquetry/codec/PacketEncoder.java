// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/**
 * Writes packets, in their shortest form, in any version: what a version does not know is left out, a reason code
 * becomes the nearest return code. Has no state; any thread may call it, with a buffer of its own.
 *
 * <p>What cannot be written at all — a text of more than 65,535 bytes, an AUTH for MQTT 3.1.1 — is the caller's fault
 * and an {@link IllegalArgumentException}; what was written to the buffer before is then undone.
 *
 * @since 1.0
 */
public final class PacketEncoder {
    /** The most bytes that a text or binary data can have. */
    public static final int MAX_STRING_BYTES = 65_535;

    private PacketEncoder() {}

    /** Writes a packet at the buffer's writer index. */
    public static void encode(Packet packet, ProtocolVersion version, ByteBuf out) {
        int body = PacketBody.length(packet, version);
        int length = 1 + Varint.length(body) + body;
        out.ensureWritable(length);
        int start = out.writerIndex();
        try {
            out.writeByte(firstByte(packet));
            Varint.write(out, body);
            PacketBody.write(packet, version, out);
        } catch (RuntimeException e) {
            out.writerIndex(start);
            throw e;
        }
    }

    /** The exact length in bytes that {@link #encode} will write, fixed header included. */
    public static int encodedLength(Packet packet, ProtocolVersion version) {
        int body = PacketBody.length(packet, version);
        return 1 + Varint.length(body) + body;
    }

    /**
     * Writes PUBACK, PUBREC, PUBREL or PUBCOMP without properties.
     *
     * @param reason left out when it is {@code SUCCESS}, and in versions before 5
     */
    public static void ack(ByteBuf out, ProtocolVersion version, PacketType type, int packetId, ReasonCode reason) {
        int first = type.firstByte();
        if (reason == ReasonCode.SUCCESS || version != ProtocolVersion.MQTT_5) {
            out.writeInt(first << 24 | 2 << 16 | packetId);
        } else {
            out.writeInt(first << 24 | 3 << 16 | packetId);
            out.writeByte(reason.value());
        }
    }

    /** Writes PINGRESP. */
    public static void pingResp(ByteBuf out) {
        out.writeShort(PacketType.PINGRESP.firstByte() << 8);
    }

    /**
     * The bytes that a variable byte integer takes: 1 to 4.
     *
     * @throws IllegalArgumentException when {@code value} is below 0 or above 268,435,455
     */
    public static int varintLength(int value) {
        return Varint.length(value);
    }

    /**
     * Writes a variable byte integer.
     *
     * @throws IllegalArgumentException when {@code value} is below 0 or above 268,435,455
     */
    public static void writeVarint(ByteBuf out, int value) {
        Varint.write(out, value);
    }

    /**
     * The bytes of a text in UTF-8 with its length in front.
     *
     * @throws IllegalArgumentException when the text has more than 65,535 bytes
     */
    public static int stringLength(String text) {
        return 2 + checkLength(ByteBufUtil.utf8Bytes(text));
    }

    /**
     * Writes a text in UTF-8 with its length in front.
     *
     * @throws IllegalArgumentException when the text has more than 65,535 bytes
     */
    public static void writeString(ByteBuf out, String text) {
        int length = checkLength(ByteBufUtil.utf8Bytes(text));
        out.writeShort(length);
        ByteBufUtil.reserveAndWriteUtf8(out, text, length);
    }

    /**
     * The bytes of binary data with its length in front.
     *
     * @throws IllegalArgumentException when there are more than 65,535 bytes
     */
    public static int binaryLength(byte[] octets) {
        return 2 + checkLength(octets.length);
    }

    /**
     * Writes binary data with its length in front.
     *
     * @throws IllegalArgumentException when there are more than 65,535 bytes
     */
    public static void writeBinary(ByteBuf out, byte[] octets) {
        out.writeShort(checkLength(octets.length));
        out.writeBytes(octets);
    }

    /** The bytes of properties with their length in front; 1 when there are none. */
    public static int propertiesLength(Properties properties) {
        return PropertiesWriter.sectionLength(properties);
    }

    /** Writes properties with their length in front. */
    public static void writeProperties(ByteBuf out, Properties properties) {
        PropertiesWriter.writeSection(out, properties);
    }

    private static int firstByte(Packet packet) {
        int flags = packet instanceof Packet.Publish publish ? publishFlags(publish) : 0;
        return packet.type().firstByte() | flags;
    }

    private static int publishFlags(Packet.Publish publish) {
        return (publish.dup() ? 8 : 0) | publish.qos().value() << 1 | (publish.retain() ? 1 : 0);
    }

    private static int checkLength(int length) {
        if (length > MAX_STRING_BYTES) {
            throw new IllegalArgumentException("expected at most " + MAX_STRING_BYTES + " bytes, got " + length);
        }
        return length;
    }
}
