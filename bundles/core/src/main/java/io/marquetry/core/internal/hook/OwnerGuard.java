// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.admin.ExtensionInfo.ServiceInfo;
import io.marquetry.api.extension.Guard;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/** What an extension begins itself, behind the same guard as what the broker asks it. Callable from any thread. */
final class OwnerGuard implements Guard {
    private final Owner owner;
    private final ClassLoader loader;
    private final Calls calls = new Calls();
    private final Breaker breaker;
    private volatile boolean closed;

    OwnerGuard(Owner owner, ClassLoader loader) {
        this.owner = owner;
        this.loader = loader;
        this.breaker = new Breaker(owner.ticker()::millis);
    }

    @Override
    public <T> CompletionStage<T> call(String what, Duration deadline, Callable<T> call) {
        calls.begin();
        if (closed || !breaker.allows()) {
            calls.failed();
            return CompletableFuture.failedFuture(new RejectedExecutionException(
                    closed ? "the extension has been stopped" : "too many calls in a row failed; tried again soon"));
        }
        calls.awaiting();
        long began = System.nanoTime();
        CompletableFuture<T> running = owner.bulkhead(loader).call(call);
        CompletableFuture<T> answer = new CompletableFuture<>();
        Runnable timer = running.isDone()
                ? () -> {}
                : owner.ticker().after(deadline.toMillis(), () -> {
                    answer.completeExceptionally(
                            new TimeoutException("there was no answer within " + deadline.toMillis() + " ms"));
                    running.cancel(true);
                });
        running.whenComplete((value, error) -> {
            if (error == null) {
                answer.complete(value);
            } else {
                answer.completeExceptionally(
                        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error);
            }
        });
        // Counted first: who acts on a failure finds the breaker as that failure left it.
        CompletableFuture<T> counted = new CompletableFuture<>();
        answer.whenComplete((value, error) -> {
            timer.run();
            calls.arrived(System.nanoTime() - began);
            ended(what, error);
            if (error == null) {
                counted.complete(value);
            } else {
                counted.completeExceptionally(error);
            }
        });
        return counted;
    }

    private void ended(String what, @org.jspecify.annotations.Nullable Throwable error) {
        if (error == null) {
            if (breaker.succeeded()) {
                owner.closed("its guard");
            }
            return;
        }
        calls.failed();
        owner.failed(what, error);
        if (!(error instanceof RejectedExecutionException) && breaker.failed()) {
            owner.opened("its guard");
        }
    }

    void close() {
        closed = true;
    }

    ServiceInfo info() {
        return new ServiceInfo(
                "Guard",
                owner.name(),
                0,
                calls.calls(),
                calls.failures(),
                calls.nanos(),
                calls.pending(),
                breaker.state());
    }
}
