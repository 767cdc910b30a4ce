// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.message.Publication;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A message in the store that several queues refer to. It begins with sessions of one loop; after a restart with
 * another number of loops they may belong to several, so references are counted across loops.
 */
final class Body {
    private final long number;
    private final AtomicInteger references = new AtomicInteger();
    private final long ticket;
    private final int place;
    private volatile @Nullable WeakReference<Publication> message;

    /** One that the store has. */
    Body(long number) {
        this(number, 0, 0);
    }

    /** One that was put into a batch, at a place of it. */
    Body(long number, long ticket, int place) {
        this.number = number;
        this.ticket = ticket;
        this.place = place;
    }

    long number() {
        return number;
    }

    long ticket() {
        return ticket;
    }

    int place() {
        return place;
    }

    boolean isUsed() {
        return references.get() > 0;
    }

    void refer() {
        references.incrementAndGet();
    }

    /** One reference less; returns whether it was the last. */
    boolean release() {
        return references.decrementAndGet() == 0;
    }

    /** The message if somebody holds it, so that those who read it one after the other share it. */
    @Nullable
    Publication message() {
        WeakReference<Publication> its = message;
        return its == null ? null : its.get();
    }

    void message(Publication its) {
        message = new WeakReference<>(its);
    }
}
