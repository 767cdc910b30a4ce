// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes the few values of ASN.1 that keys and certificates are made of, in DER [X.690]; reads their frames. */
final class Der {
    private static final int EXPLICIT = 0xA0;
    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Der() {}

    static byte[] sequence(byte[]... values) {
        return value(0x30, values);
    }

    static byte[] set(byte[]... values) {
        return value(0x31, values);
    }

    /** {@code [number]} around a value. */
    static byte[] explicit(int number, byte[]... values) {
        return value(EXPLICIT | number, values);
    }

    /** {@code [number]} instead of the tag of a primitive value. */
    static byte[] implicit(int number, byte[] content) {
        return value(0x80 | number, content);
    }

    static byte[] integer(BigInteger number) {
        return value(0x02, number.toByteArray());
    }

    static byte[] integer(long number) {
        return integer(BigInteger.valueOf(number));
    }

    static byte[] bool(boolean truth) {
        return value(0x01, new byte[] {(byte) (truth ? 0xFF : 0)});
    }

    static byte[] nothing() {
        return value(0x05);
    }

    static byte[] octets(byte[] content) {
        return value(0x04, content);
    }

    /** A bit string of whole bytes. */
    static byte[] bits(byte[] content) {
        return value(0x03, new byte[] {0}, content);
    }

    static byte[] text(String text) {
        return value(0x0C, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A time before 2050, as certificates have it [RFC 5280, 4.1.2.5]. */
    static byte[] time(Instant time) {
        return value(0x17, UTC_TIME.format(time).getBytes(StandardCharsets.US_ASCII));
    }

    /** An object identifier in dots. */
    static byte[] oid(String dotted) {
        int[] parts = Arrays.stream(dotted.split("\\.", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(parts[0] * 40 + parts[1]);
        for (int i = 2; i < parts.length; i++) {
            for (int shift = 28; shift > 0; shift -= 7) {
                if (parts[i] >>> shift != 0) {
                    out.write(0x80 | parts[i] >>> shift & 0x7F);
                }
            }
            out.write(parts[i] & 0x7F);
        }
        return value(0x06, out.toByteArray());
    }

    private static byte[] value(int tag, byte[]... contents) {
        int length = Arrays.stream(contents).mapToInt(content -> content.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            byte[] digits = BigInteger.valueOf(length).toByteArray();
            int from = digits[0] == 0 ? 1 : 0;
            out.write(0x80 | digits.length - from);
            out.write(digits, from, digits.length - from);
        }
        for (byte[] content : contents) {
            out.writeBytes(content);
        }
        return out.toByteArray();
    }

    /**
     * What is within {@code [number]} of a sequence.
     *
     * @return the value, or null when the sequence has none, or is none
     */
    static byte @Nullable [] explicitOf(byte[] sequence, int number) {
        int at = contentStart(sequence, 0);
        while (at > 0 && at + 1 < sequence.length) {
            int start = contentStart(sequence, at);
            int end = start < 0 ? -1 : start + length(sequence, at);
            if (end < start || end > sequence.length) {
                return null;
            }
            if ((sequence[at] & 0xFF) == (EXPLICIT | number)) {
                return Arrays.copyOfRange(sequence, start, end);
            }
            at = end;
        }
        return null;
    }

    private static int contentStart(byte[] bytes, int at) {
        if (at + 1 >= bytes.length) {
            return -1;
        }
        int first = bytes[at + 1] & 0xFF;
        int start = at + 2 + (first < 0x80 ? 0 : first & 0x7F);
        return start <= bytes.length ? start : -1;
    }

    private static int length(byte[] bytes, int at) {
        int first = bytes[at + 1] & 0xFF;
        if (first < 0x80) {
            return first;
        }
        int count = first & 0x7F;
        return count > 3 ? -1 : new BigInteger(1, Arrays.copyOfRange(bytes, at + 2, at + 2 + count)).intValue();
    }
}
