// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the passwords of a table are hashed: the algorithm, where the salt goes, and for PBKDF2 its numbers. Made once
 * from the configuration, asked by any thread; a check of {@code bcrypt} or {@code pbkdf2} takes milliseconds, so not
 * on an event loop.
 */
public final class PasswordScheme {
    private enum Algorithm {
        PLAIN,
        MD5,
        SHA,
        SHA256,
        SHA512,
        BCRYPT,
        PBKDF2
    }

    private enum SaltPosition {
        PREFIX,
        SUFFIX,
        DISABLE
    }

    private final Algorithm algorithm;
    private final SaltPosition position;
    private final Pbkdf2 pbkdf2;

    /**
     * A scheme.
     *
     * @param algorithm {@code plain}, {@code md5}, {@code sha} or {@code sha1}, {@code sha256}, {@code sha512},
     *     {@code bcrypt}, {@code pbkdf2}
     * @param saltPosition {@code prefix}, {@code suffix} or {@code disable}, for the digests
     * @param mac for {@code pbkdf2}: {@code sha}, {@code sha256} or {@code sha512}
     * @param iterations for {@code pbkdf2}
     * @param keyBytes for {@code pbkdf2}: the length of the hash in bytes; 0 is that of the digest
     * @throws IllegalArgumentException with a sentence that says what was expected
     */
    public PasswordScheme(String algorithm, String saltPosition, String mac, int iterations, int keyBytes) {
        String name = algorithm.equalsIgnoreCase("sha1") ? "sha" : algorithm;
        this.algorithm = Words.one(Algorithm.class, "algorithm", name);
        this.position = Words.one(SaltPosition.class, "saltPosition", saltPosition);
        this.pbkdf2 =
                this.algorithm == Algorithm.PBKDF2 ? Pbkdf2.of(mac, iterations, keyBytes) : Pbkdf2.of("sha256", 1, 0);
    }

    /**
     * Whether a password is the one that was hashed.
     *
     * @param password what the client presented; left as it is
     * @param hash what the table has: hexadecimal or Base64 for the digests and PBKDF2
     * @param salt what the table has, or null; {@code bcrypt} has its own in the hash
     * @throws IllegalArgumentException with a sentence, without the hash, when that is not one of this scheme: an error
     *     of the table, not a wrong password
     */
    public boolean matches(byte[] password, String hash, @Nullable String salt) {
        byte[] salted = salt == null ? new byte[0] : salt.getBytes(StandardCharsets.UTF_8);
        return switch (algorithm) {
            case PLAIN -> MessageDigest.isEqual(hash.getBytes(StandardCharsets.UTF_8), password);
            case MD5 -> digest("MD5", password, hash, salted);
            case SHA -> digest("SHA-1", password, hash, salted);
            case SHA256 -> digest("SHA-256", password, hash, salted);
            case SHA512 -> digest("SHA-512", password, hash, salted);
            case BCRYPT -> Bcrypt.matches(password, hash);
            case PBKDF2 -> {
                byte[] expected = Bytes.decode(hash, pbkdf2.keyBytes());
                yield MessageDigest.isEqual(expected, pbkdf2.hash(password, salted));
            }
        };
    }

    private boolean digest(String name, byte[] password, String hash, byte[] salt) {
        MessageDigest digest = Bytes.digest(name);
        byte[] expected = Bytes.decode(hash, digest.getDigestLength());
        if (position == SaltPosition.PREFIX) {
            digest.update(salt);
        }
        digest.update(password);
        if (position == SaltPosition.SUFFIX) {
            digest.update(salt);
        }
        return MessageDigest.isEqual(expected, digest.digest());
    }

    @Override
    public String toString() {
        return algorithm.name().toLowerCase(Locale.ROOT);
    }
}
