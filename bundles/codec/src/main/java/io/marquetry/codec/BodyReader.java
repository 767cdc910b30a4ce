// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Reads the body of a packet that is not hot, field by field, and never past its end: a body that is too short is a
 * malformed packet.
 */
final class BodyReader {
    private final ByteBuf buffer;
    private final int end;
    private final boolean strict;
    private int at;

    BodyReader(ByteBuf buffer, int start, int end, boolean strict) {
        this.buffer = buffer;
        this.at = start;
        this.end = end;
        this.strict = strict;
    }

    /** Whether rules are kept that a lenient listener relaxes. */
    boolean strict() {
        return strict;
    }

    boolean hasMore() {
        return at < end;
    }

    int octet(String what) throws ProtocolException {
        return buffer.getUnsignedByte(take(1, what));
    }

    int uint16(String what) throws ProtocolException {
        return buffer.getUnsignedShort(take(2, what));
    }

    /** A packet identifier; 0 is refused when strict [MQTT-2.2.1-3]. */
    int packetId() throws ProtocolException {
        int id = uint16("the packet identifier");
        if (id == 0 && strict) {
            throw malformed("expected a packet identifier above 0");
        }
        return id;
    }

    byte[] binary(String what) throws ProtocolException {
        int length = uint16(what);
        int start = take(length, what);
        byte[] octets = new byte[length];
        buffer.getBytes(start, octets);
        return octets;
    }

    String text(String what) throws ProtocolException {
        int length = uint16(what);
        int start = take(length, what);
        if (strict && !Utf8.isValid(buffer, start, length)) {
            throw malformed("expected well-formed UTF-8 as " + what);
        }
        return buffer.toString(start, length, StandardCharsets.UTF_8);
    }

    /** A topic name of at least one character [MQTT-4.7.3-1], without wildcards. */
    String topic(String what) throws ProtocolException {
        int length = uint16(what);
        int start = take(length, what);
        if (length == 0) {
            throw malformed("expected at least one character as " + what);
        }
        TopicBytes.check(buffer, start, length, strict);
        return buffer.toString(start, length, StandardCharsets.UTF_8);
    }

    /** Properties with their length in front, checked. */
    Properties properties(PropertyPlace place) throws ProtocolException {
        int packed = Varint.read(buffer, at, end, strict);
        at += Varint.bytes(packed);
        int start = take(Varint.value(packed), "the properties");
        PropertyScanner.scan(buffer, start, at, place, strict, null);
        return PropertiesReader.read(buffer, start, at);
    }

    /** Refuses bytes behind the last field. */
    void finish(PacketType type) throws ProtocolException {
        if (at < end) {
            throw malformed("expected the end of " + type + ", got " + (end - at) + " more bytes");
        }
    }

    private int take(int size, String what) throws ProtocolException {
        int start = at;
        if (end - start < size) {
            throw malformed("expected " + size + " bytes of " + what + ", got " + (end - start));
        }
        at = start + size;
        return start;
    }
}
