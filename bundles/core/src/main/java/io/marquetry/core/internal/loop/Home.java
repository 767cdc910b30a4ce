// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import io.marquetry.core.port.Loop;
import java.util.function.LongSupplier;

/**
 * What is at home on one loop, beside the sessions: its mailbox, timers and counters. A session's home is chosen by the
 * hash of its client identifier and never changes.
 */
public final class Home {
    private final Loop loop;
    private final Mailbox mailbox;
    private final TimerWheel timers;
    private final Counters counters = new Counters();
    private final Budget budget;
    private final Budget.Ledger ledger;
    private final LongSupplier clock;

    /** A home with a budget of its own. */
    public Home(Loop loop, LongSupplier clock) {
        this(loop, clock, new Budget());
    }

    /**
     * @param clock milliseconds that never go back, for timers
     * @param budget the node's
     */
    public Home(Loop loop, LongSupplier clock, Budget budget) {
        this.budget = budget;
        this.ledger = budget.ledger();
        this.loop = loop;
        this.clock = clock;
        this.mailbox = new Mailbox(loop, counters);
        budget.also(mailbox::bytes);
        this.timers = new TimerWheel(loop, clock, counters);
    }

    /** The loop. */
    public Loop loop() {
        return loop;
    }

    /** Its number. */
    public int index() {
        return loop.index();
    }

    /** What other loops send. */
    public Mailbox mailbox() {
        return mailbox;
    }

    /** The timers of this loop. */
    public TimerWheel timers() {
        return timers;
    }

    /** The counters of this loop. */
    public Counters counters() {
        return counters;
    }

    /** What the node may hold. */
    public Budget budget() {
        return budget;
    }

    /** What this loop holds of it. */
    public Budget.Ledger ledger() {
        return ledger;
    }

    /** Milliseconds that never go back. */
    public long now() {
        return clock.getAsLong();
    }
}
