// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The keys of what a session has in the tables of a store: its number, then what orders things within it. */
final class Keys {
    static final byte[] FIRST = {};

    private Keys() {}

    static byte[] of(long number) {
        return ByteBuffer.allocate(8).putLong(number).array();
    }

    static byte[] of(long number, long sequence) {
        return ByteBuffer.allocate(16).putLong(number).putLong(sequence).array();
    }

    static byte[] of(long number, String filter) {
        byte[] text = filter.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length).putLong(number).put(text).array();
    }

    /** Whose a key is. */
    static long number(byte[] key) {
        return ByteBuffer.wrap(key).getLong();
    }

    static long sequence(byte[] key) {
        return ByteBuffer.wrap(key).getLong(8);
    }

    static String filter(byte[] key) {
        return new String(key, 8, key.length - 8, StandardCharsets.UTF_8);
    }
}
