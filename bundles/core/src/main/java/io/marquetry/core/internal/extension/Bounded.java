// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs what an extension does in its own time, such as its activation, on a thread that may be lost. */
final class Bounded {
    /** The thread of a task. */
    private static final class Expendable extends Thread {
        Expendable(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }

    private Bounded() {}

    /** Whether the caller is such a task already, and somebody waits for it no longer than he may. */
    static boolean isInside() {
        return Thread.currentThread() instanceof Expendable;
    }

    /**
     * Runs a task, and interrupts it when it takes too long.
     *
     * @param late called on the task's thread when the task ends after all, which nobody waits for any more
     * @throws TimeoutException when it does not end even so
     * @throws ExecutionException with what it threw
     */
    static <V> V run(String name, long seconds, Callable<V> task, Runnable late)
            throws TimeoutException, ExecutionException, InterruptedException {
        FutureTask<V> future = new FutureTask<>(task);
        AtomicBoolean decided = new AtomicBoolean();
        Thread thread = new Expendable(
                () -> {
                    future.run();
                    if (!decided.compareAndSet(false, true)) {
                        boolean ignored = Thread.interrupted(); // that was for the task
                        late.run();
                    }
                },
                "marquetry-extension " + name);
        thread.start();
        try {
            return future.get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            try {
                return future.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException again) {
                if (!decided.compareAndSet(false, true)) {
                    return future.get(); // in this moment
                }
                throw new TimeoutException("it did not return within " + seconds + " s, and not when interrupted");
            }
        }
    }
}
