// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ClientDetails;
import io.marquetry.api.admin.Clients;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Clients who never answer; it tells when someone waits for them, and when that has been interrupted. */
final class WaitingClients implements Clients {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);

    void awaitAsked() throws InterruptedException {
        if (!asked.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody has asked");
        }
    }

    boolean awaitInterrupted() throws InterruptedException {
        return interrupted.await(30, TimeUnit.SECONDS);
    }

    @Override
    public CompletionStage<Optional<ClientDetails>> find(String clientId) {
        return new CompletableFuture<>() {
            @Override
            public Optional<ClientDetails> get(long timeout, TimeUnit unit) throws InterruptedException {
                asked.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                }
                return Optional.empty();
            }

            @Override
            public CompletableFuture<Optional<ClientDetails>> toCompletableFuture() {
                return this;
            }
        };
    }

    @Override
    public CompletionStage<List<ClientInfo>> connected() {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<List<ClientDetails>> list(String idPart, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> kick(String clientId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Boolean> kick(String clientId, ReasonCode reason) {
        throw new UnsupportedOperationException();
    }
}
