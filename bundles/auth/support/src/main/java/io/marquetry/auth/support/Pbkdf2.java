// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * PBKDF2 of RFC 8018 over bytes. The platform's own takes characters, and so no password that is not UTF-8.
 *
 * @param mac the name of the pseudorandom function
 * @param iterations how often it is applied
 * @param keyBytes the length of the hash
 */
record Pbkdf2(String mac, int iterations, int keyBytes) {
    /** More would keep a thread for seconds: whoever writes such a hash would stop the broker's authentication. */
    private static final int MOST_ITERATIONS = 2_000_000;

    private static final int MOST_BYTES = 1024;

    static Pbkdf2 of(String digest, int iterations, int keyBytes) {
        String mac = switch (digest.toLowerCase(Locale.ROOT)) {
            case "sha", "sha1" -> "HmacSHA1";
            case "sha256" -> "HmacSHA256";
            case "sha512" -> "HmacSHA512";
            default ->
                throw new IllegalArgumentException(
                        "expected the digest of pbkdf2 to be one of sha, sha256 and sha512, got \"" + digest + "\"");
        };
        if (iterations < 1 || iterations > MOST_ITERATIONS) {
            throw new IllegalArgumentException(
                    "expected 1 to " + MOST_ITERATIONS + " iterations of pbkdf2, got " + iterations);
        }
        if (keyBytes < 0 || keyBytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "expected a pbkdf2 hash of at most " + MOST_BYTES + " bytes, got " + keyBytes);
        }
        int own = mac.equals("HmacSHA1") ? 20 : mac.equals("HmacSHA256") ? 32 : 64;
        return new Pbkdf2(mac, iterations, keyBytes == 0 ? own : keyBytes);
    }

    byte[] hash(byte[] password, byte[] salt) {
        try {
            Mac function = Mac.getInstance(mac);
            // A key is filled up with zeros, so this one is the empty one, which the platform does not take.
            function.init(new SecretKeySpec(password.length == 0 ? new byte[1] : password, mac));
            byte[] result = new byte[keyBytes];
            int length = function.getMacLength();
            byte[] round = new byte[length];
            for (int block = 0; block * length < keyBytes; block++) {
                function.update(salt);
                function.update(ByteBuffer.allocate(4).putInt(block + 1).array());
                function.doFinal(round, 0);
                byte[] sum = round.clone();
                for (int i = 1; i < iterations; i++) {
                    function.update(round);
                    function.doFinal(round, 0);
                    for (int k = 0; k < length; k++) {
                        sum[k] ^= round[k];
                    }
                }
                System.arraycopy(sum, 0, result, block * length, Math.min(length, keyBytes - block * length));
                Arrays.fill(sum, (byte) 0);
            }
            return result;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("expected the Java platform to have " + mac, e);
        }
    }
}
