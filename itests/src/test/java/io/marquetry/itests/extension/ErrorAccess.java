// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lets everybody in and allows everything, but throws what no program should for the user and the topic error. */
public final class ErrorAccess implements Authenticator, Authorizer {
    /** Nothing has failed yet. */
    public ErrorAccess() {}

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        failFor(String.valueOf(credentials.client().username()));
        return CompletableFuture.completedFuture(AuthResult.ACCEPTED);
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        failFor(topic);
        return Decision.ALLOW;
    }

    private static void failFor(String name) {
        if (name.equals("error")) {
            throw new NoClassDefFoundError("what this test lacks");
        }
    }
}
