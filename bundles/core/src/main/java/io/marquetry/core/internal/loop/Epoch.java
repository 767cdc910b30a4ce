// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A number that moves on whenever what was decided before may be wrong now. Whoever remembers a decision keeps the
 * number beside it, and compares. Callable from any thread.
 */
public final class Epoch {
    private static final AtomicIntegerFieldUpdater<Epoch> NOW =
            AtomicIntegerFieldUpdater.newUpdater(Epoch.class, "now");

    private volatile int now;

    /** The number now. */
    public int now() {
        return now;
    }

    /** What was decided before may be wrong. */
    public void move() {
        NOW.incrementAndGet(this);
    }
}
