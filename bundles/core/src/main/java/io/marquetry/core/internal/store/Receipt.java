// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.core.internal.loop.Home;
import org.jspecify.annotations.Nullable;

/**
 * What the acknowledgement of one publish waits for: every loop with durable sessions that it goes to commits what they
 * keep, and its own loop what it has noted. Belongs to the publisher's loop.
 */
public class Receipt {
    private final Home home;
    private final Journal journal;
    private final long before;
    /** Answers that have not come; one of them is our own, after {@link #routed}. */
    private int open = 1;

    private boolean survives = true;
    private boolean over;
    private @Nullable Waiter waiter;

    /**
     * @param home the publisher's
     * @param before the {@link Journal#changes} in front of everything that belongs to the message
     */
    public Receipt(Home home, Journal journal, long before) {
        this.home = home;
        this.journal = journal;
        this.before = before;
    }

    final Home home() {
        return home;
    }

    final Journal journal() {
        return journal;
    }

    /** One more loop will answer. */
    public final void expect() {
        open++;
    }

    /** A loop that was expected begins with the message; returns where its sessions leave what they keep, or null. */
    public @Nullable Part begin(Home target) {
        return null;
    }

    /**
     * A loop that was expected has given the message to its sessions; on that loop.
     *
     * @param target the loop's
     * @param part what {@link #begin} returned there
     */
    public void delivered(Home target, @Nullable Part part) {
        journal.of(target).whenCommitted(ok -> home.mailbox().post(() -> arrived(ok)));
    }

    /** The message is on its way to every loop, and noted on this one. */
    public void routed() {
        if (journal.changes() == before) {
            arrived(true);
        } else {
            journal.whenCommitted(this::arrived);
        }
    }

    /** Whether the waiting is over. */
    public final boolean isOver() {
        return over;
    }

    /** Whether all of it survives; only asked when {@link #isOver}. */
    public final boolean survives() {
        return survives;
    }

    /** Calls back when the waiting is over, at once when it is. */
    public final void whenOver(Waiter its) {
        if (over) {
            its.ended(survives);
            return;
        }
        Waiter before = waiter;
        waiter = before == null
                ? its
                : ok -> {
                    before.ended(ok);
                    its.ended(ok);
                };
    }

    private void arrived(boolean ok) {
        survives &= ok;
        if (isLast()) {
            over(survives);
        }
    }

    /** One answer less is missing; returns whether it was the last. */
    final boolean isLast() {
        return --open == 0;
    }

    final void over(boolean ok) {
        survives = ok;
        over = true;
        if (waiter != null) {
            Waiter last = waiter;
            waiter = null;
            last.ended(ok);
        }
    }
}
