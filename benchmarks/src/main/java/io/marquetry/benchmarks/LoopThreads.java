// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.core.internal.loop.LoopThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs a benchmark on threads such as loops have; JMH makes it by its name. */
public final class LoopThreads extends ThreadPoolExecutor {
    /**
     * As JMH wants it.
     *
     * @param threads how many
     * @param prefix of their names, which is not used
     */
    public LoopThreads(int threads, String prefix) {
        this(threads, new AtomicInteger());
    }

    private LoopThreads(int threads, AtomicInteger number) {
        super(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new LoopThread(number.getAndIncrement(), task));
    }
}
