// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.RetainedCursor;
import io.marquetry.core.internal.router.Subscription;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages that subscriptions of one session asked for and that have not been sent yet. They are searched
 * for one by one, as the client takes them and as the loop has time; a subscription has one search at most, and those
 * behind the first have not begun and cost next to nothing.
 */
final class RetainedFeed {
    private final ApplicationMessages session;
    private final Turns turns;
    private final Map<Subscription, RetainedCursor> waiting = new LinkedHashMap<>(4);
    private @Nullable Subscription subscription;
    private @Nullable RetainedCursor cursor;
    /** What was found and cannot be sent yet. */
    private @Nullable Delivery found;

    private boolean awaitsTurn;

    RetainedFeed(ApplicationMessages session, Turns turns) {
        this.session = session;
        this.turns = turns;
    }

    /** Searches for one more subscription; one that asks again begins again [MQTT-3.3.1-9]. */
    void add(Subscription asking, RetainedCursor messages) {
        remove(asking);
        waiting.put(asking, messages);
    }

    /** A subscription is over [MQTT-3.10.4-2]. */
    void remove(Subscription over) {
        if (subscription == over) {
            next();
        } else {
            waiting.remove(over);
        }
    }

    boolean isEmpty() {
        return cursor == null && waiting.isEmpty();
    }

    /** The next message, which stays the next one until it is {@link #taken}; null for the end, or for a later turn. */
    @Nullable
    Delivery peek() {
        if (found != null && cursor != null && !cursor.isCurrent()) {
            found = null; // what took its place has come as a live message, and must not be followed by the older one
        }
        while (found == null && !isEmpty()) {
            if (cursor == null) {
                next();
                continue;
            }
            if (awaitsTurn || turns.allowed() <= 0) {
                await();
                return null;
            }
            Publication publication = cursor.next(turns.allowed());
            turns.spend(cursor.work());
            if (publication != null) {
                found = delivery(publication);
            } else if (cursor.isEnded()) {
                next();
            }
        }
        return found;
    }

    /** What was the next message is on its way. */
    void taken() {
        found = null;
        turns.spend(Turns.SEND);
    }

    /** The loop has time for this session. */
    void itsTurn() {
        awaitsTurn = false;
    }

    private void await() {
        if (!awaitsTurn) {
            awaitsTurn = true;
            turns.await(session);
        }
    }

    private void next() {
        found = null;
        Iterator<Map.Entry<Subscription, RetainedCursor>> rest =
                waiting.entrySet().iterator();
        subscription = null;
        cursor = null;
        if (rest.hasNext()) {
            Map.Entry<Subscription, RetainedCursor> first = rest.next();
            subscription = first.getKey();
            cursor = first.getValue();
            rest.remove();
        }
    }

    private Delivery delivery(Publication publication) {
        Subscription its = java.util.Objects.requireNonNull(subscription);
        int qos = its.qos(publication.qos(), session.settings().upgradeQos());
        return new Delivery(publication, qos, true, its.idsOrNull(), null); // [MQTT-3.3.1-8]
    }
}
