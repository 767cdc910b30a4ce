// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.core.port.Loop;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits until nobody is inside a service that was taken out of its chain, so that it can be deactivated: every loop has
 * finished its turn, and every answer that was to come later is there. Not for ever: an extension that does not answer
 * must not keep itself alive.
 */
public final class Quiescence {
    /** The longest wait, in milliseconds. */
    static final long MOST_MILLIS = 1000;

    private static final long LOOK_NANOS = 200_000;

    private final List<Loop> loops;

    /** @param loops all loops of the broker */
    public Quiescence(List<Loop> loops) {
        this.loops = List.copyOf(loops);
    }

    /**
     * Waits at most a second. A loop does not wait for itself.
     *
     * @return whether nobody is inside any more
     */
    public boolean await(Collection<? extends Member<?>> members) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOST_MILLIS);
        try {
            return turns().await(MOST_MILLIS, TimeUnit.MILLISECONDS) && arePassive(members, deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private CountDownLatch turns() {
        List<Loop> others = loops.stream().filter(loop -> !loop.inLoop()).toList();
        CountDownLatch turns = new CountDownLatch(others.size());
        for (Loop loop : others) {
            try {
                loop.execute(turns::countDown);
            } catch (RejectedExecutionException e) {
                turns.countDown(); // it has ended
            }
        }
        return turns;
    }

    private static boolean arePassive(Collection<? extends Member<?>> members, long deadline)
            throws InterruptedException {
        while (members.stream().anyMatch(member -> member.pending() > 0)) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }
}
