// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/** Hashes as text. */
final class Bytes {
    private Bytes() {}

    static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("expected the Java platform to have " + name, e);
        }
    }

    /**
     * Reads hexadecimal or Base64, told apart by the length.
     *
     * @throws IllegalArgumentException with a sentence that does not show the text
     */
    static byte[] decode(String text, int length) {
        String trimmed = text.strip();
        try {
            byte[] bytes = trimmed.length() == 2 * length
                    ? HexFormat.of().parseHex(trimmed)
                    : Base64.getDecoder().decode(trimmed);
            if (bytes.length == length) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // It says which character, and so a part of the hash.
        }
        throw new IllegalArgumentException("expected a hash of " + length
                + " bytes in hexadecimal or Base64, got a text of " + trimmed.length() + " characters");
    }
}
