// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;

import io.netty.buffer.ByteBuf;

/**
 * Variable byte integers [MQTT-1.5.5]: seven bits a byte, lowest first, at most four bytes. A number and the bytes it
 * took travel together in one int, since the decoder may not allocate: {@link #value} and {@link #bytes} part them.
 */
final class Varint {
    /** The largest number of four bytes. */
    static final int MAX = 268_435_455;

    /** What {@link #peek} returns when more bytes must arrive. */
    static final int INCOMPLETE = 0;

    private static final int VALUE_BITS = 28;

    private Varint() {}

    static int value(int packed) {
        return packed & MAX;
    }

    static int bytes(int packed) {
        return packed >>> VALUE_BITS;
    }

    /** The bytes that a number takes at the least. */
    static int length(int value) {
        if (value < 0 || value > MAX) {
            throw new IllegalArgumentException("expected a number of 0 to " + MAX + ", got " + value);
        }
        return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4;
    }

    static void write(ByteBuf out, int value) {
        int length = length(value);
        int rest = value;
        for (int i = 1; i < length; i++) {
            out.writeByte(rest | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    /** Reads a number of which bytes may not have arrived; {@link #INCOMPLETE} then. */
    static int peek(ByteBuf in, int at, int end) throws ProtocolException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            if (at + i >= end) {
                return INCOMPLETE;
            }
            int octet = in.getByte(at + i);
            value |= (octet & 0x7F) << (7 * i);
            if (octet >= 0) {
                return value | (i + 1) << VALUE_BITS;
            }
        }
        throw malformed("expected a variable byte integer of at most 4 bytes"); // [MQTT-1.5.5]
    }

    /** Reads a number that must end before {@code end}; with {@code strict} in its shortest form. */
    static int read(ByteBuf in, int at, int end, boolean strict) throws ProtocolException {
        int packed = peek(in, at, end);
        if (packed == INCOMPLETE) {
            throw malformed("expected a variable byte integer, the packet ends inside it");
        }
        if (strict && !isShortest(packed)) {
            throw notShortest();
        }
        return packed;
    }

    static boolean isShortest(int packed) {
        int bytes = bytes(packed);
        return bytes == 1 || value(packed) >= 1 << (7 * (bytes - 1));
    }

    static ProtocolException notShortest() {
        return malformed("expected the shortest form of a variable byte integer"); // [MQTT-1.5.5-1]
    }
}
