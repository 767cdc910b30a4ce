// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import java.nio.ByteBuffer;
import java.util.Optional;

/** What messages carry: their number, and as many bytes as one likes, each of which follows from it. */
final class Payload {
    private Payload() {}

    static byte[] of(int number, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + length).putInt(number).putInt(length);
        while (bytes.hasRemaining()) {
            bytes.put((byte) (number + bytes.position()));
        }
        return bytes.array();
    }

    /** The number; or nothing when it is not as it was made. */
    static Optional<Integer> number(byte[] payload) {
        if (payload.length < 8) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(payload);
        int number = bytes.getInt();
        return java.util.Arrays.equals(payload, of(number, payload.length - 8))
                ? Optional.of(number)
                : Optional.empty();
    }
}
