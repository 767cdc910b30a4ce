// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * A password's hash that says itself how it was made: {@code $7$} (PBKDF2) and {@code $6$} (salted SHA-512) as
 * {@code mosquitto_passwd} writes them, and bcrypt. Checking takes milliseconds, so not on an event loop.
 */
public final class StoredPassword {
    private static final String SHA512 = "$6$";
    private static final String PBKDF2 = "$7$";
    private static final String ARGON2 = "$argon2";
    private static final int SALT_BYTES = 16;

    private interface Check {
        boolean matches(byte[] password);
    }

    private final String text;
    private final Check check;

    private StoredPassword(String text, Check check) {
        this.text = text;
        this.check = check;
    }

    /**
     * Reads a hash.
     *
     * @throws IllegalArgumentException with a sentence that does not show the hash
     */
    public static StoredPassword parse(String text) {
        if (text.startsWith(SHA512)) {
            String[] parts = parts(text, SHA512, 2);
            byte[] salt = base64(parts[0], "salt");
            byte[] hash = Bytes.decode(parts[1], 64);
            return new StoredPassword(text, password -> {
                MessageDigest digest = Bytes.digest("SHA-512");
                digest.update(password);
                digest.update(salt);
                return MessageDigest.isEqual(hash, digest.digest());
            });
        }
        if (text.startsWith(PBKDF2)) {
            String[] parts = parts(text, PBKDF2, 3);
            Pbkdf2 function = Pbkdf2.of("sha512", number(parts[0]), 0);
            byte[] salt = base64(parts[1], "salt");
            byte[] hash = Bytes.decode(parts[2], 64);
            return new StoredPassword(text, password -> MessageDigest.isEqual(hash, function.hash(password, salt)));
        }
        if (text.startsWith("$2")) {
            Bcrypt.matches(new byte[0], text); // says what is wrong with it
            return new StoredPassword(text, password -> Bcrypt.matches(password, text));
        }
        if (text.startsWith(ARGON2)) {
            throw new IllegalArgumentException("expected a hash by mosquitto_passwd -H sha512-pbkdf2 or -H sha512, or"
                    + " bcrypt; argon2 is not supported");
        }
        throw new IllegalArgumentException("expected a hash that begins with $7$, $6$ or $2, got a text of "
                + text.length() + " characters; mosquitto_passwd -U FILE makes hashes of a file of plain passwords");
    }

    /**
     * Hashes a password with a fresh salt, by PBKDF2 with SHA-512.
     *
     * @param iterations how often; 210,000 is what OWASP recommended in 2023
     */
    public static StoredPassword hash(byte[] password, int iterations) {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        byte[] hash = Pbkdf2.of("sha512", iterations, 0).hash(password, salt);
        Base64.Encoder base64 = Base64.getEncoder();
        return parse(PBKDF2 + iterations + "$" + base64.encodeToString(salt) + "$" + base64.encodeToString(hash));
    }

    private static String[] parts(String text, String prefix, int count) {
        String[] parts = text.substring(prefix.length()).split("\\$", -1);
        if (parts.length != count) {
            throw new IllegalArgumentException(
                    "expected " + count + " parts behind " + prefix + ", got " + parts.length);
        }
        return parts;
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("expected the number of iterations behind $7$", e);
        }
    }

    private static byte[] base64(String text, String what) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("expected the " + what + " in Base64", e);
        }
    }

    /** Whether a password, left as it is, is the one that was hashed. */
    public boolean matches(byte[] password) {
        return check.matches(password);
    }

    /** The hash as it is stored. */
    public String text() {
        return text;
    }

    /** Leaves the hash out, so that it never reaches a log. */
    @Override
    public String toString() {
        return "StoredPassword";
    }
}
