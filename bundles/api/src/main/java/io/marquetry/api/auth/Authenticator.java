// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Decides whether a client may connect. Register an implementation as an OSGi service and the broker asks it from the
 * next CONNECT on; unregister it and the broker stops asking. Several authenticators form a chain in the order of
 * {@code service.ranking}, highest first; the first answer that is not {@link AuthResult.Abstained} counts. When all
 * abstain, the client is refused with 0x86 Bad User Name or Password. A backend that is down or slow is an error,
 * neither an acceptance nor a rejection: let the stage fail, with an exception whose message says what is wrong.
 *
 * <p>A listener may name the authenticators it asks, and their order, by {@code marquetry.name}; see
 * {@link io.marquetry.api.extension}.
 *
 * <p>Called on the event loop of the connecting client, by many loops at once: return quickly and complete the stage
 * from another thread when the answer needs I/O, or mark the class {@link io.marquetry.api.extension.Blocking}.
 *
 * @since 1.0
 */
@ConsumerType
@FunctionalInterface
public interface Authenticator {
    /**
     * Checks the credentials of one CONNECT.
     *
     * @param credentials what the client presented; the password array is wiped once the stage completes
     * @return the answer; a stage that fails, or is still open after {@code authTimeoutSeconds}, is answered with
     *     CONNACK 0x88 Server unavailable
     */
    CompletionStage<AuthResult> authenticate(Credentials credentials);
}
