// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of all listeners' TLS. They end by themselves when nobody has had work for them for a while, so that they
 * do not outlive the bundle.
 */
final class TlsThreads {
    /** How long between two looks at the files of certificates, in milliseconds; a change is taken at the second. */
    private static final long LOOK_MILLIS = Math.max(1, Long.getLong("marquetry.tls.lookMillis", 500));

    private static final long IDLE_SECONDS = 10;
    /**
     * Half of the cores: a storm of handshakes leaves the other half to those who are connected already. What waits is
     * bounded by the number of connections.
     */
    private static final Executor HANDSHAKES = handshakes();

    private static final ScheduledThreadPoolExecutor LOOKS = looks();

    private TlsThreads() {}

    /** Where the arithmetic of handshakes is done. */
    static Executor forHandshakes() {
        return HANDSHAKES;
    }

    /** Runs a task at each look, until the answer is cancelled; one that fails is its own affair. */
    static Future<?> lookRegularly(Runnable task) {
        return LOOKS.scheduleWithFixedDelay(task, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static Executor handshakes() {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), named("marquetry-tls-"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ScheduledThreadPoolExecutor looks() {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1, named("marquetry-tls-files-"));
        pool.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        pool.allowCoreThreadTimeOut(true);
        pool.setRemoveOnCancelPolicy(true);
        return pool;
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
    }
}
