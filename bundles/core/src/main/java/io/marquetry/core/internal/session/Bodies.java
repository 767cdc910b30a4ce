// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The messages in the store that several queues refer to, by their numbers; callable from any thread. */
final class Bodies {
    private final ConcurrentMap<Long, Body> bodies = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    /** A number that no message had before. */
    long nextNumber() {
        return numbers.incrementAndGet();
    }

    /** Numbers up to this one are used. */
    void usedUpTo(long number) {
        numbers.accumulateAndGet(number, Math::max);
    }

    void add(Body body) {
        bodies.put(body.number(), body);
    }

    @Nullable
    Body find(long number) {
        return bodies.get(number);
    }

    void remove(Body body) {
        bodies.remove(body.number());
    }

    Iterable<Body> all() {
        return bodies.values();
    }
}
