// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a service that always answers by a stage says, there or yet to come.
 *
 * @param <R> what it says
 */
sealed interface Answer<R> {
    /** It is there. */
    record Now<R>(R result) implements Answer<R> {}

    /** It comes later. */
    record Later<R>(CompletionStage<Answer<R>> stage) implements Answer<R> {}

    /** The answer of a stage. */
    static <R> Answer<R> of(CompletionStage<R> stage) {
        return stage instanceof CompletableFuture<R> future && future.isDone() && !future.isCompletedExceptionally()
                ? now(future.join())
                : new Later<>(stage.thenApply(Answer::now));
    }

    private static <R> Answer<R> now(@Nullable R result) {
        if (result == null) {
            throw new NullPointerException("expected a result, got null");
        }
        return new Now<>(result);
    }

    /** Its stage, or null when it is there. */
    default @Nullable CompletionStage<Answer<R>> stageOrNull() {
        return this instanceof Later<R> later ? later.stage() : null;
    }

    /** What it says, of one that is there. */
    default R result() {
        return ((Now<R>) this).result();
    }
}
