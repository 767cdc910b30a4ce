// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import io.netty.util.concurrent.FastThreadLocalThread;

/**
 * The thread of a loop. It has a number that no other of the broker's loop threads has, from 0 on: what is counted on
 * each finds its place by it, with no lock.
 */
public final class LoopThread extends FastThreadLocalThread {
    private final int number;

    /** A thread of that number. */
    public LoopThread(int number, Runnable task) {
        super(task, "marquetry-loop-" + number);
        this.number = number;
        setDaemon(true);
    }

    /** The number of the thread that calls, or -1 when it is not a loop's. */
    public static int numberOfCaller() {
        return Thread.currentThread() instanceof LoopThread thread ? thread.number : -1;
    }
}
