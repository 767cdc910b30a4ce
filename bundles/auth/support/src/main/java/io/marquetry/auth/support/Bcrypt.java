// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** bcrypt hashes, {@code $2a$}, {@code $2b$} and {@code $2y$}. Of a password the first 72 bytes count. */
final class Bcrypt {
    private static final Pattern FORM = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");

    private static final int LOWEST_COST = 4;

    /** Each step doubles the time; this one takes some seconds. */
    private static final int HIGHEST_COST = 16;

    private Bcrypt() {}

    /**
     * Says what is wrong with a hash, if anything, without hashing.
     *
     * @throws IllegalArgumentException with a sentence that does not show it
     */
    static void check(String hash) {
        Matcher form = FORM.matcher(hash);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "expected a bcrypt hash, $2b$ and so on, of 60 characters, got a text of " + hash.length()
                            + " characters");
        }
        int cost = Integer.parseInt(form.group(1));
        if (cost < LOWEST_COST || cost > HIGHEST_COST) {
            throw new IllegalArgumentException("expected a bcrypt hash with a cost from " + LOWEST_COST + " to "
                    + HIGHEST_COST + ", got " + form.group(1));
        }
    }

    static boolean matches(byte[] password, String stored) {
        String hash = stored.strip();
        check(hash);
        BCrypt.Version version = BCrypt.Version.VERSION_2A;
        return BCrypt.verifyer(version, LongPasswordStrategies.truncate(version))
                .verify(password, hash.getBytes(StandardCharsets.US_ASCII))
                .verified;
    }
}
