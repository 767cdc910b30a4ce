// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.core.internal.loop.Home;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Asks every loop, from any thread. */
final class EveryLoop {
    private final List<Home> homes;

    EveryLoop(List<Home> homes) {
        this.homes = List.copyOf(homes);
    }

    /** Runs a task on each loop, behind what is in its mailbox; completes with all that they found. */
    <T> CompletionStage<List<T>> on(Function<Home, List<T>> task) {
        List<CompletableFuture<List<T>>> parts = new ArrayList<>();
        for (Home home : homes) {
            CompletableFuture<List<T>> part = new CompletableFuture<>();
            parts.add(part);
            home.mailbox().post(() -> {
                try {
                    part.complete(task.apply(home));
                } catch (RuntimeException e) {
                    part.completeExceptionally(e);
                }
            });
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenApply(ignored ->
                        parts.stream().flatMap(part -> part.join().stream()).toList());
    }
}
