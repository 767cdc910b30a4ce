// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Time for deadlines and breakers; it comes from outside, so that a test moves it by hand. */
public interface Ticker {
    /** Milliseconds that never go back. */
    long millis();

    /**
     * Does something later, on a thread of its own; it must be short.
     *
     * @return forgets it, when it has not begun
     */
    Runnable after(long millis, Runnable task);

    /** The time of the machine, with one thread. */
    static Ticker ofMachine() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "marquetry-deadlines");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(10, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        return new Ticker() {
            @Override
            public long millis() {
                return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
            }

            @Override
            public Runnable after(long millis, Runnable task) {
                var future = timer.schedule(task, millis, TimeUnit.MILLISECONDS);
                return () -> future.cancel(false);
            }
        };
    }
}
