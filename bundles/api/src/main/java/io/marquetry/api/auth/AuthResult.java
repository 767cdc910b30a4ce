// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import io.marquetry.api.mqtt.ReasonCode;

/**
 * The three answers an {@link Authenticator} can give.
 *
 * @since 1.0
 */
public sealed interface AuthResult {
    /** The client is who it claims to be. */
    AuthResult ACCEPTED = new Accepted();

    /** Not my client: ask the next authenticator. */
    AuthResult ABSTAINED = new Abstained();

    /** The client is who it claims to be. */
    record Accepted() implements AuthResult {}

    /**
     * The client is turned away.
     *
     * @param reason goes into the CONNACK; an error code, 0x80 or above
     */
    record Rejected(ReasonCode reason) implements AuthResult {
        /** Refuses a reason that is not an error. */
        public Rejected {
            if (!reason.isError()) {
                throw new IllegalArgumentException("expected a reason code of 0x80 or above, got " + reason);
            }
        }
    }

    /** Not my client: ask the next authenticator. */
    record Abstained() implements AuthResult {}
}
