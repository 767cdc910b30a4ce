// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections that are between accept and the end of their handshakes, the oldest first. Callable by any thread.
 */
final class Pending {
    private final Set<Arrival> arrivals = new LinkedHashSet<>();
    private boolean awaited;
    private Runnable onRoom = () -> {};

    synchronized void add(Arrival arrival) {
        arrivals.add(arrival);
    }

    /** Returns whether it was there: of several who end one connection, the one that hears yes counts it. */
    boolean remove(Arrival arrival) {
        Runnable waiting = null;
        boolean removed;
        synchronized (this) {
            removed = arrivals.remove(arrival);
            if (removed && awaited) {
                awaited = false;
                waiting = onRoom;
            }
        }
        if (waiting != null) {
            waiting.run();
        }
        return removed;
    }

    /** Calls back once when one of them is done, if there are so many. */
    synchronized boolean isFull(int most, Runnable callback) {
        awaited = arrivals.size() >= most;
        onRoom = callback;
        return awaited;
    }

    /** Ends them all, since the listener closes. */
    void closeAll() {
        List<Arrival> all;
        synchronized (this) {
            all = List.copyOf(arrivals);
        }
        all.forEach(Arrival::listenerCloses);
    }

    /** The oldest of those that have waited so long for their peers, or else the one that has waited longest. */
    synchronized @Nullable Arrival idlest(long enoughNanos) {
        Arrival result = null;
        long longest = -1;
        for (Arrival arrival : arrivals) {
            long idle = arrival.idle();
            if (idle > longest) {
                result = arrival;
                longest = idle;
            }
            if (idle >= enoughNanos) {
                break;
            }
        }
        return result;
    }
}
