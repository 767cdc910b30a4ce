// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a backend has written down of one user.
 *
 * @param passwordHash the hash of the password, or null when nobody can enter with one
 * @param salt the salt, or null
 * @param superuser whether it may do everything
 */
public record StoredUser(
        @Nullable String passwordHash, @Nullable String salt, boolean superuser) {

    private static final Set<String> TRUE = Set.of("1", "true", "t", "yes", "y", "on");
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);

    /**
     * Reads {@code password_hash}, {@code salt} and {@code is_superuser}.
     *
     * @param fields each one's text; what the user has not is left out
     */
    public static StoredUser of(Map<String, String> fields) {
        String superuser = fields.getOrDefault("is_superuser", "");
        return new StoredUser(
                fields.get("password_hash"),
                fields.get("salt"),
                TRUE.contains(superuser.trim().toLowerCase(Locale.ROOT)));
    }

    /**
     * Compares a password with it; as slow as the hash wants it.
     *
     * @throws IllegalArgumentException with a sentence, when what is written down is no such hash
     */
    public AuthResult check(PasswordScheme scheme, byte @Nullable [] password) {
        if (passwordHash == null || password == null || !scheme.matches(password, passwordHash, salt)) {
            return REJECTED;
        }
        return superuser ? new AuthResult.Accepted(true, Map.of(), List.of(), 0) : AuthResult.ACCEPTED;
    }

    /** Leaves hash and salt out, so that they never reach a log. */
    @Override
    public String toString() {
        return "StoredUser[superuser=" + superuser + "]";
    }
}
