// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lets everybody in but mallory: whoever sees him in knows that nobody was asked. */
public final class SwapAuthenticator implements Authenticator {
    /** For the component runtime. */
    public SwapAuthenticator() {}

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        return CompletableFuture.completedFuture(
                "mallory".equals(credentials.client().username())
                        ? new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD)
                        : AuthResult.ACCEPTED);
    }
}
