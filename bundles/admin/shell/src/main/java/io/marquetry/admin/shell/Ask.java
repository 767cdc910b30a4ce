// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks the broker's services and waits for their answers, but not for ever. */
final class Ask {
    private static final int SECONDS = 10;

    private Ask() {}

    /**
     * A service that may have gone with its bundle.
     *
     * @param service what the shell found
     * @param what what it is, for the sentence
     * @throws IllegalStateException when it is not there
     */
    static <T> T present(@Nullable T service, String what) {
        if (service == null) {
            throw new IllegalStateException("the broker does not offer its " + what
                    + " now: it is starting, stopping, or a bundle of it does not run; bundle:list shows which");
        }
        return service;
    }

    /**
     * What a stage completes with.
     *
     * @throws IllegalStateException when it has not completed in time, or has failed
     * @throws IllegalArgumentException when it says that the question was wrong
     */
    static <T> T answer(CompletionStage<T> stage) throws InterruptedException {
        return answer(stage, SECONDS);
    }

    static <T> T answer(CompletionStage<T> stage, int seconds) throws InterruptedException {
        try {
            return stage.toCompletableFuture().get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "the broker has not answered within " + seconds
                            + " s: it is overloaded or stopping; what was asked for may still happen",
                    e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String said = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            if (cause instanceof IllegalArgumentException) {
                throw new IllegalArgumentException(said, cause);
            }
            throw new IllegalStateException("the broker could not do it: " + said, cause);
        }
    }

    /** Refuses a limit below 1. */
    static int limit(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("expected --limit to be 1 or more, got " + limit);
        }
        return limit;
    }
}
