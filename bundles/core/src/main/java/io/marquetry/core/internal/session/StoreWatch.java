// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Timeout;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Journals;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.IntSupplier;

/**
 * Looks twice a second whether the store is there again, and whether it takes commits again, for all sessions of a loop
 * that wait for one of the two: those are as many as there are clients, and one timer serves them all. On that loop.
 */
final class StoreWatch extends Timeout {
    private static final long LOOK_MILLIS = 500;
    /** How many messages go on before the loop looks after others. */
    private static final int PER_TURN = 2048;

    private final Home home;
    private final Journals journals;
    private final Journal journal;
    private final Queue<Runnable> reading = new ArrayDeque<>();
    private final Queue<IntSupplier> handingOn = new ArrayDeque<>();

    StoreWatch(Home home, Journals journals) {
        this.home = home;
        this.journals = journals;
        this.journal = journals.of(home);
    }

    /** Calls once, later, when there is a store to read from. */
    void whenThere(Runnable read) {
        reading.add(read);
        watch();
    }

    /**
     * Calls once, later, when the store takes commits.
     *
     * @param handOn hands on what was held, and returns how many messages that were
     */
    void whenTaking(IntSupplier handOn) {
        handingOn.add(handOn);
        watch();
    }

    private void watch() {
        if (!isSet()) {
            home.timers().set(this, LOOK_MILLIS);
        }
    }

    @Override
    protected void expired() {
        home.timers().set(this, LOOK_MILLIS); // first of all: a fault of one must not leave the others waiting
        int left = PER_TURN;
        while (left > 0 && !reading.isEmpty() && journals.store() != null) {
            reading.remove().run();
            left--;
        }
        while (left > 0 && !handingOn.isEmpty() && !journal.isStuck()) {
            left -= Math.max(1, handingOn.remove().getAsInt());
        }
        if (reading.isEmpty() && handingOn.isEmpty()) {
            home.timers().cancel(this);
        } else if (left <= 0) {
            home.timers().set(this, 0); // the next tick, behind the sockets
        }
    }
}
