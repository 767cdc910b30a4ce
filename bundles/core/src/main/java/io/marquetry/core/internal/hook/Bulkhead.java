// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads on which one extension may block: few, with a bounded queue in front, so that what hangs in one extension
 * costs neither a loop nor another extension a thread. Virtual threads where the machine has them. Callable from any
 * thread.
 */
final class Bulkhead {
    private static final int PLATFORM_THREADS = 16;
    private static final int VIRTUAL_THREADS = 256;
    private static final int MOST_WAITING = 4096;
    private static final long IDLE_SECONDS = 30;

    private final String owner;
    private final ThreadPoolExecutor executor;

    /** @param loader the context class loader of the threads: libraries look for their parts with it */
    Bulkhead(String owner, ClassLoader loader) {
        this.owner = owner;
        ThreadFactory virtual = virtualThreads(owner);
        int most = virtual == null ? PLATFORM_THREADS : VIRTUAL_THREADS;
        ThreadFactory factory = virtual == null ? platformThreads(owner) : virtual;
        executor = new ThreadPoolExecutor(
                most, most, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = factory.newThread(task);
                    thread.setContextClassLoader(loader);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    private static ThreadFactory platformThreads(String owner) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "marquetry-extension-" + owner + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Those of Java 21 and newer, which we are not compiled against; null on an older one. */
    private static @org.jspecify.annotations.Nullable ThreadFactory virtualThreads(String owner) {
        try {
            Class<?> builder = Class.forName("java.lang.Thread$Builder$OfVirtual");
            Object named = Class.forName("java.lang.Thread$Builder")
                    .getMethod("name", String.class, long.class)
                    .invoke(Thread.class.getMethod("ofVirtual").invoke(null), "marquetry-extension-" + owner + "-", 1L);
            return (ThreadFactory) Class.forName("java.lang.Thread$Builder")
                    .getMethod("factory")
                    .invoke(builder.cast(named));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /**
     * Calls something that may wait. To cancel the answer interrupts the call, or takes it out of the queue.
     *
     * @return fails with {@link RejectedExecutionException} at once when too many calls wait
     */
    <A> CompletableFuture<A> call(Callable<A> call) {
        CompletableFuture<A> answer = new CompletableFuture<>();
        FutureTask<?> task = new FutureTask<>(() -> run(call, answer), null);
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new RejectedExecutionException(
                    "expected at most " + MOST_WAITING + " calls of the extension " + owner + " to wait"));
            return answer;
        }
        answer.whenComplete((value, error) -> {
            if (answer.isCancelled() && task.cancel(true)) {
                executor.remove(task);
            }
        });
        return answer;
    }

    private static <A> void run(Callable<A> call, CompletableFuture<A> answer) {
        try {
            answer.complete(call.call());
        } catch (Throwable e) {
            answer.completeExceptionally(e);
        }
    }

    /** Takes no more calls, and interrupts those that run. */
    void close() {
        executor.shutdownNow();
    }
}
