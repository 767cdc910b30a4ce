// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.netty.buffer.ByteBuf;

/** The rules for text [MQTT-1.5.4]: well-formed UTF-8 without surrogates and without U+0000. */
final class Utf8 {
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;

    private Utf8() {}

    /** Not 0 when one of the eight bytes is 0. */
    static long zeroByte(long octets) {
        return (octets - ONES) & ~octets & HIGHS;
    }

    /** Eight times the same byte. */
    static long repeat(int octet) {
        return ONES * octet;
    }

    static boolean isAscii(long octets) {
        return (octets & HIGHS) == 0;
    }

    /** Whether these bytes may be a text of MQTT [MQTT-1.5.4-1] [MQTT-1.5.4-2]. */
    static boolean isValid(ByteBuf buffer, int start, int length) {
        int end = start + length;
        int at = start;
        while (at < end) {
            if (end - at >= 8) {
                long octets = buffer.getLong(at);
                if (isAscii(octets) && zeroByte(octets) == 0) {
                    at += 8;
                    continue;
                }
            }
            int octet = buffer.getByte(at);
            if (octet > 0) {
                at++;
                continue;
            }
            int size = sequence(buffer, at, end);
            if (size == 0) {
                return false;
            }
            at += size;
        }
        return true;
    }

    /** The size of the sequence of two to four bytes at this place, or 0 when it is not well-formed. */
    private static int sequence(ByteBuf buffer, int at, int end) {
        int first = buffer.getUnsignedByte(at);
        int size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        // Below 0xC2: U+0000, a lone continuation byte, or a long form of ASCII. Above 0xF4: behind U+10FFFF.
        if (first < 0xC2 || first > 0xF4 || end - at < size) {
            return 0;
        }
        int second = buffer.getUnsignedByte(at + 1);
        // The second byte shows the long forms (E0, F0), the surrogates (ED) and what lies behind U+10FFFF (F4).
        int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = 2; i < size; i++) {
            if ((buffer.getByte(at + i) & 0xC0) != 0x80) {
                return 0;
            }
        }
        return size;
    }
}
