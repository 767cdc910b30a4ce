// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads a packet of the broker field by field; whatever does not fit fails the test. */
final class FrameBody {
    private final ByteBuffer bytes;

    FrameBody(byte[] bytes) {
        this(ByteBuffer.wrap(bytes));
    }

    private FrameBody(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    boolean hasMore() {
        return bytes.hasRemaining();
    }

    int u8() {
        need(1);
        return bytes.get() & 0xFF;
    }

    int u16() {
        need(2);
        return bytes.getShort() & 0xFFFF;
    }

    long u32() {
        need(4);
        return bytes.getInt() & 0xFFFFFFFFL;
    }

    int varint() {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            int next = u8();
            value |= (next & 0x7F) << shift;
            if ((next & 0x80) == 0) {
                if (next == 0 && shift > 0) { // [MQTT-1.5.5-1]
                    throw new AssertionError("The broker sent a Variable Byte Integer that is longer than needed");
                }
                return value;
            }
        }
        throw new AssertionError("The broker sent a Variable Byte Integer of more than four bytes");
    }

    String text() {
        byte[] encoded = binary();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(encoded))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("The broker sent a string that is not UTF-8", e);
        }
    }

    byte[] binary() {
        return take(u16());
    }

    byte[] rest() {
        return take(bytes.remaining());
    }

    FrameBody slice(int length) {
        return new FrameBody(take(length));
    }

    void end() {
        if (bytes.hasRemaining()) {
            throw new AssertionError("The broker sent a packet with " + bytes.remaining() + " bytes too many");
        }
    }

    private byte[] take(int length) {
        need(length);
        byte[] taken = new byte[length];
        bytes.get(taken);
        return taken;
    }

    private void need(int length) {
        if (bytes.remaining() < length) {
            throw new AssertionError(
                    "The broker sent a packet that ends " + (length - bytes.remaining()) + " bytes early");
        }
    }
}
