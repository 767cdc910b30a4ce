// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Writes the data types of MQTT, and anything else that a test wants to put on the wire. Not thread-safe. */
public final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** An empty buffer. */
    public static Bytes bytes() {
        return new Bytes();
    }

    /** Bytes from hexadecimal digits; blanks are ignored. */
    public static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
    }

    /** Appends the low byte of {@code value}. */
    public Bytes u8(int value) {
        out.write(value);
        return this;
    }

    /** Appends a Two Byte Integer. */
    public Bytes u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    /** Appends a Four Byte Integer. */
    public Bytes u32(long value) {
        return u16((int) (value >>> 16)).u16((int) value);
    }

    /** Appends a Variable Byte Integer in its shortest form. */
    public Bytes varint(int value) {
        int rest = value;
        while (rest > 0x7F) {
            u8((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        return u8(rest);
    }

    /** Appends a UTF-8 Encoded String: two bytes of length, then the text. */
    public Bytes text(String value) {
        return binary(value.getBytes(UTF_8));
    }

    /** Appends Binary Data: two bytes of length, then the bytes. */
    public Bytes binary(byte[] value) {
        return u16(value.length).raw(value);
    }

    /** Appends the bytes as they are. */
    public Bytes raw(byte[] value) {
        out.writeBytes(value);
        return this;
    }

    /** Everything appended so far. */
    public byte[] toArray() {
        return out.toByteArray();
    }
}
