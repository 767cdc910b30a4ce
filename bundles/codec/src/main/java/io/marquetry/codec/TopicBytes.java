// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.ProtocolException.malformed;

import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;

/** Checks a topic name as bytes, eight at a time. */
final class TopicBytes {
    private static final long PLUS = Utf8.repeat('+');
    private static final long HASH = Utf8.repeat('#');

    private static final long PADDING = Utf8.repeat('/');

    private TopicBytes() {}

    /**
     * Refuses wildcards [MQTT-3.3.2-2], U+0000 [MQTT-1.5.4-2] and, when strict, what is not UTF-8 [MQTT-1.5.4-1].
     * Wildcards and U+0000 are refused always: no part of the broker could carry such a name.
     */
    static void check(ByteBuf buffer, int start, int length, boolean strict) throws ProtocolException {
        int end = start + length;
        long all = 0;
        long found = 0;
        int at = start;
        for (; end - at >= 8; at += 8) {
            long octets = buffer.getLong(at);
            all |= octets;
            found |= forbidden(octets);
        }
        if (at < end && length >= 8) {
            // The last few bytes, together with some that were seen already.
            long octets = buffer.getLong(end - 8);
            all |= octets;
            found |= forbidden(octets);
        } else {
            for (; at < end; at++) {
                // A short name is padded with a byte that is allowed.
                long octets = (PADDING & ~0xFFL) | buffer.getUnsignedByte(at);
                all |= octets;
                found |= forbidden(octets);
            }
        }
        if (found != 0) {
            throw refuse(buffer, start, end);
        }
        if (strict && !Utf8.isAscii(all) && !Utf8.isValid(buffer, start, length)) {
            throw malformed("expected a topic name of well-formed UTF-8");
        }
    }

    static boolean hasWildcard(ByteBuf buffer, int start, int length) {
        for (int at = start; at < start + length; at++) {
            int octet = buffer.getByte(at);
            if (octet == '+' || octet == '#') {
                return true;
            }
        }
        return false;
    }

    private static long forbidden(long octets) {
        return Utf8.zeroByte(octets) | Utf8.zeroByte(octets ^ PLUS) | Utf8.zeroByte(octets ^ HASH);
    }

    private static ProtocolException refuse(ByteBuf buffer, int start, int end) {
        for (int at = start; at < end; at++) {
            if (buffer.getByte(at) == 0) {
                return malformed("expected a topic name without the null character");
            }
        }
        return new ProtocolException(ReasonCode.TOPIC_NAME_INVALID, "expected a topic name without wildcards");
    }
}
