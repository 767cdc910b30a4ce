// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs what an extension does in its own time, such as its activation, on a thread that may be lost. */
final class Bounded {
    private Bounded() {}

    /**
     * Runs a task, and interrupts it when it takes too long.
     *
     * @throws TimeoutException when it does not end even so
     * @throws ExecutionException with what it threw
     */
    static <V> V run(String name, long seconds, Callable<V> task)
            throws TimeoutException, ExecutionException, InterruptedException {
        FutureTask<V> future = new FutureTask<>(task);
        Thread thread = new Thread(future, "marquetry-extension " + name);
        thread.setDaemon(true);
        thread.start();
        try {
            return future.get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            try {
                return future.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException again) {
                throw new TimeoutException("it did not return within " + seconds + " s, and not when interrupted");
            }
        }
    }
}
