// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Brings what extensions answer back to the loop of the connection that asked. */
final class Answers {
    private Answers() {}

    /**
     * Goes on with an answer on the loop; at once when it is there already, and not at all once the connection is
     * closed. A stage of {@code Hooks} never fails.
     */
    static <T> void await(Connection connection, CompletionStage<T> stage, Consumer<T> then) {
        if (stage.toCompletableFuture().isDone()) {
            then.accept(stage.toCompletableFuture().join());
            return;
        }
        var unused = stage.thenAccept(answer -> connection.home().loop().execute(() -> {
            if (!connection.isClosed()) {
                then.accept(answer);
            }
        }));
    }
}
