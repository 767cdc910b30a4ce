// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.RetainedCursor;
import io.marquetry.core.internal.router.Subscription;

/** The search for the retained messages that one subscription asked for. */
final class RetainedSearch {
    /** So much work is done to see whether it ends at once: about 250 nodes. */
    private static final int GLANCE = 2048;
    /** More than so many messages may not leave in one turn. */
    private static final int FEW = 64;

    final Subscription subscription;
    final RetainedCursor cursor;
    /** Whether the store has, with the subscription, that this search is not finished. */
    boolean isOwed;
    /** Whether SUBACK is to go first. */
    boolean awaitsSubAck;

    RetainedSearch(Subscription subscription, RetainedCursor cursor) {
        this.subscription = subscription;
        this.cursor = cursor;
    }

    /**
     * Whether all of it can leave together with SUBACK, as almost always: it finds nothing, or little. What is sent at
     * QoS 2 cannot, for that waits for the store.
     *
     * @param room how many messages may leave now
     * @param turns is charged with the glance; nothing ends at once when no work is left
     */
    boolean endsAtOnce(int room, boolean upgradeQos, Turns turns) {
        int left = Math.min(room, FEW);
        int work = 0;
        boolean atOnce = turns.allowed() > 0;
        while (atOnce && !cursor.isEnded()) {
            Publication found = cursor.next(GLANCE - work);
            work += cursor.work();
            if (found == null) {
                atOnce = cursor.isEnded();
            } else {
                atOnce = left-- > 0 && work < GLANCE && subscription.qos(found.qos(), upgradeQos) < 2;
            }
        }
        turns.spend(work);
        cursor.restart();
        return atOnce;
    }

    /** The stamp up to which it is to be done after a crash too, or 0. */
    long owedUpTo() {
        return isOwed ? cursor.newest() : 0;
    }

    Delivery delivery(Publication publication, boolean upgradeQos) {
        int qos = subscription.qos(publication.qos(), upgradeQos);
        return new Delivery(publication, qos, true, subscription.idsOrNull(), null); // [MQTT-3.3.1-8]
    }
}
