// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Decides whether a client may connect. Register an implementation as an OSGi service and the broker asks it from the
 * next CONNECT on; unregister it and the broker stops asking. Several authenticators form a chain in the order of
 * {@code service.ranking}, highest first; the first answer that is not {@link AuthResult.Abstained} counts. When all
 * abstain, the client is refused with 0x86 Bad User Name or Password.
 *
 * <p>Called on the event loop of the connecting client, by many loops at once: return quickly and complete the stage
 * from another thread when the answer needs I/O.
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
