// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import org.jspecify.annotations.Nullable;

/**
 * One timer of a {@link TimerWheel}. It is its own list entry, so setting and cancelling costs no memory; one that is
 * set again moves.
 */
public abstract class Timeout {
    @Nullable
    Timeout previous;

    @Nullable
    Timeout next;

    long deadline;

    /** The time has come; called on the loop. */
    protected abstract void expired();

    /** Whether it is set. */
    public final boolean isSet() {
        return previous != null;
    }
}
