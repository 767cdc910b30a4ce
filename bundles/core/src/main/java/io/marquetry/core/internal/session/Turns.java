// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.port.Loop;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Divides a loop among its sessions that search retained messages: so much work in one turn of the loop and no more,
 * whoever does it, and each gets a share when several wait. Belongs to one loop.
 *
 * <p>A node that is looked at counts 8, see {@link io.marquetry.core.internal.router.RetainedCursor#next}; 8 are about
 * 100 to 300 ns.
 */
final class Turns implements Runnable {
    /** What may be done before sockets and others have their turn: about 4,000 nodes, or 500 messages that are sent. */
    static final int WORK = 32_768;
    /** What one of several sessions may do of that before the next one may. */
    static final int SHARE = WORK / 4;
    /** What it costs to send a message that was found. */
    static final int SEND = 64;
    /** A task that runs at once would come before the sockets have had their turn. */
    private static final int PAUSE_MILLIS = 1;

    private final Loop loop;
    private final Set<ApplicationMessages> waiting = new LinkedHashSet<>(4);
    private int left = WORK;
    /** What must be left when the share of the session whose turn it is has been used up. */
    private int until;

    private boolean scheduled;

    Turns(Loop loop) {
        this.loop = loop;
    }

    /** How much work may be done now; 0 or less means to {@link #await} the next turn. */
    int allowed() {
        return left - until;
    }

    /** Work was done. */
    void spend(int work) {
        left -= work;
        if (left < WORK / 2) {
            schedule(); // little by little it would come to an end too, and who comes then would have to wait
        }
    }

    /** The session is called once when its turn has come. */
    void await(ApplicationMessages session) {
        waiting.add(session);
        schedule();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            loop.schedule(this, PAUSE_MILLIS);
        }
    }

    @Override
    public void run() {
        scheduled = false;
        left = WORK;
        while (left > 0 && !waiting.isEmpty()) {
            Iterator<ApplicationMessages> first = waiting.iterator();
            ApplicationMessages next = first.next();
            first.remove();
            until = Math.max(0, left - SHARE);
            left--; // one that finds nothing to do must not come round for ever
            next.itsTurn();
        }
        until = 0;
        if (!waiting.isEmpty()) {
            schedule();
        }
    }
}
