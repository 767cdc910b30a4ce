// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import io.marquetry.api.mqtt.ReasonCode;
import java.util.List;
import java.util.Map;

/**
 * The three answers an {@link Authenticator} can give.
 *
 * @since 1.0
 */
public sealed interface AuthResult {
    /** The client is who it claims to be, and nothing more is known of it. */
    Accepted ACCEPTED = new Accepted(false, Map.of(), List.of(), 0);

    /** Not my client: ask the next authenticator. */
    AuthResult ABSTAINED = new Abstained();

    /**
     * The client is who it claims to be.
     *
     * @param superuser whether it may publish and subscribe to everything, no authorizer being asked
     * @param attributes what is known of it besides: {@link io.marquetry.api.client.ClientInfo#attributes}
     * @param rules its own rules, asked before every authorizer; a client that has some and to whose action neither
     *     they nor an authorizer say anything is denied
     * @param expiresAt when its right to be connected ends, in milliseconds since 1970; 0 is never. It is disconnected
     *     then; an MQTT 5 client is told 0x87 Not authorized
     */
    record Accepted(boolean superuser, Map<String, String> attributes, List<AccessRule> rules, long expiresAt)
            implements AuthResult {
        /** Keeps the collections from changing. */
        public Accepted {
            attributes = Map.copyOf(attributes);
            rules = List.copyOf(rules);
        }
    }

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
