// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import io.marquetry.core.port.Loop;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The timers of one loop: a wheel of slots, each a ring of {@link Timeout}s. Setting, moving and cancelling are O(1). A
 * hundred thousand keep-alive timers cost one task of the loop each tick, and none at all while no timer is set. Timers
 * fire up to one tick late, never early.
 */
@SuppressWarnings("NullAway") // the links of a timer that is set, and those of a slot's head, are never null
public final class TimerWheel {
    private static final Logger LOG = LoggerFactory.getLogger(TimerWheel.class);
    static final long TICK_MILLIS = 100;
    private static final int SLOTS = 1024;

    private static final class Head extends Timeout {
        @Override
        protected void expired() {
            throw new IllegalStateException("the head of a slot is no timer");
        }
    }

    private final Loop loop;
    private final Counters counters;
    private final LongSupplier clock;
    private final @Nullable Head[] slots = new Head[SLOTS];
    private final Runnable tick = this::tick;
    private int size;
    private long doneTick;
    private boolean ticking;

    /** @param clock milliseconds that never go back */
    TimerWheel(Loop loop, LongSupplier clock, Counters counters) {
        this.loop = loop;
        this.counters = counters;
        this.clock = clock;
        this.doneTick = clock.getAsLong() / TICK_MILLIS;
    }

    /** Sets a timer, or moves it when it is set already. */
    public void set(Timeout timeout, long delayMillis) {
        cancel(timeout);
        long now = clock.getAsLong();
        if (!ticking) {
            doneTick = now / TICK_MILLIS;
            ticking = true;
            loop.schedule(tick, TICK_MILLIS);
        }
        timeout.deadline = now + Math.max(0, delayMillis);
        // Rounded up, and never the slot of a tick that is already done.
        long at = Math.max(doneTick + 1, (timeout.deadline + TICK_MILLIS - 1) / TICK_MILLIS);
        insert(timeout, (int) (at % SLOTS));
        size++;
    }

    /** Cancels a timer; does nothing when it is not set. */
    public void cancel(Timeout timeout) {
        if (timeout.isSet()) {
            unlink(timeout);
            size--;
        }
    }

    private void insert(Timeout timeout, int slot) {
        Head head = slots[slot];
        if (head == null) {
            head = new Head();
            head.previous = head;
            head.next = head;
            slots[slot] = head;
        }
        Timeout last = head.previous;
        timeout.previous = last;
        timeout.next = head;
        last.next = timeout;
        head.previous = timeout;
    }

    private static void unlink(Timeout timeout) {
        timeout.previous.next = timeout.next;
        timeout.next.previous = timeout.previous;
        timeout.previous = null;
        timeout.next = null;
    }

    private void tick() {
        long now = clock.getAsLong();
        long nowTick = now / TICK_MILLIS;
        long first = Math.max(doneTick + 1, nowTick - SLOTS + 1);
        for (long t = first; t <= nowTick; t++) {
            doneTick = t;
            expire((int) (t % SLOTS), now);
        }
        if (size > 0) {
            loop.schedule(tick, TICK_MILLIS);
        } else {
            ticking = false;
        }
    }

    private void expire(int slot, long now) {
        Head head = slots[slot];
        if (head == null) {
            return;
        }
        // A callback may set or cancel any timer, so due ones first move to a ring of their own.
        Head due = new Head();
        due.previous = due;
        due.next = due;
        for (Timeout t = head.next; t != head; ) {
            Timeout following = t.next;
            if (t.deadline <= now) {
                unlink(t);
                t.previous = due.previous;
                t.next = due;
                due.previous.next = t;
                due.previous = t;
            }
            t = following;
        }
        while (due.next != due) {
            Timeout t = due.next;
            unlink(t);
            size--;
            try {
                t.expired();
            } catch (RuntimeException | AssertionError e) {
                // One timer at fault must not stop those of everyone else on this loop.
                counters.add(Metric.LOOP_ERRORS);
                LOG.error("a timer failed; the others go on", e);
            }
        }
    }
}
