// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/** How many are connected by a listener, and from where. Callable from any thread. */
final class Population {
    private final AtomicLong current = new AtomicLong();
    private final ConcurrentMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    long current() {
        return current.get();
    }

    void enter() {
        current.incrementAndGet();
    }

    void leave() {
        current.decrementAndGet();
    }

    /**
     * One more from this address.
     *
     * @param most how many there may be; 0 is no bound
     * @return whether it may come; then it must {@link #leave(InetAddress)}
     */
    boolean enter(InetAddress address, int most) {
        boolean[] entered = new boolean[1];
        byAddress.compute(address, (key, count) -> {
            int before = count == null ? 0 : count;
            entered[0] = most <= 0 || before < most;
            return entered[0] ? Integer.valueOf(before + 1) : count;
        });
        return entered[0];
    }

    void leave(InetAddress address) {
        byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
}
