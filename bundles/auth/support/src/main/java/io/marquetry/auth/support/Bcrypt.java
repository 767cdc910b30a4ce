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

    /** Each step doubles the time; this one takes some seconds. */
    private static final int HIGHEST_COST = 16;

    private Bcrypt() {}

    static boolean matches(byte[] password, String hash) {
        Matcher form = FORM.matcher(hash.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "expected a bcrypt hash, $2b$ and so on, of 60 characters, got a text of " + hash.length()
                            + " characters");
        }
        if (Integer.parseInt(form.group(1)) > HIGHEST_COST) {
            throw new IllegalArgumentException(
                    "expected a bcrypt hash with a cost of at most " + HIGHEST_COST + ", got " + form.group(1));
        }
        BCrypt.Version version = BCrypt.Version.VERSION_2A;
        return BCrypt.verifyer(version, LongPasswordStrategies.truncate(version))
                .verify(password, hash.strip().getBytes(StandardCharsets.US_ASCII))
                .verified;
    }
}
