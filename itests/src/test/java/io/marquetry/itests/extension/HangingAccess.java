// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Blocking;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;

/** Lets everybody in and allows everything, but never returns for the user and the topic hang. */
@Blocking
public final class HangingAccess implements Authenticator, Authorizer {
    /** Nothing hangs yet. */
    public HangingAccess() {}

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        hangFor(String.valueOf(credentials.client().username()));
        return CompletableFuture.completedFuture(AuthResult.ACCEPTED);
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        hangFor(topic);
        return Decision.ALLOW;
    }

    private static void hangFor(String name) {
        while (name.equals("hang")) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
