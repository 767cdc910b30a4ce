// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A stored password and what is remembered of the last one that was right, so that a device that comes back costs
 * microseconds in place of the milliseconds that make a stolen file hard to use. Remembered is a code by a key that
 * exists in this process only.
 */
public final class Account {
    private static final SecretKeySpec KEY = key();

    private final StoredPassword stored;
    private volatile byte @Nullable [] remembered;

    /** An account of which nothing is remembered yet. */
    public Account(StoredPassword stored) {
        this.stored = stored;
    }

    private static SecretKeySpec key() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return new SecretKeySpec(bytes, "HmacSHA256");
    }

    /** Whether a password, left as it is, is the right one. */
    public boolean matches(byte[] password) {
        byte[] code = code(password);
        byte[] known = remembered;
        if (known != null && MessageDigest.isEqual(known, code)) {
            return true;
        }
        boolean right = stored.matches(password);
        if (right) {
            remembered = code;
        }
        return right;
    }

    private static byte[] code(byte[] password) {
        try {
            Mac mac = Mac.getInstance(KEY.getAlgorithm());
            mac.init(KEY);
            return mac.doFinal(password);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("expected the Java platform to have HmacSHA256", e);
        }
    }

    /** How it is stored. */
    public StoredPassword stored() {
        return stored;
    }
}
