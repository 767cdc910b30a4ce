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
 *
 * <p>Without a connection a search rests where it stands, with no message in memory. The store does not know where that
 * is, only that there is one: after a crash it begins again.
 */
final class RetainedFeed {
    private final ApplicationMessages session;
    private final Turns turns;
    private final Map<Subscription, RetainedSearch> waiting = new LinkedHashMap<>(4);
    private @Nullable RetainedSearch current;
    /** What was found and cannot be sent yet. */
    private @Nullable Delivery found;

    private boolean awaitsTurn;

    RetainedFeed(ApplicationMessages session, Turns turns) {
        this.session = session;
        this.turns = turns;
    }

    // --- searches begin and end ---

    /** Searches for one more subscription; one that asks again begins again [MQTT-3.3.1-9]. */
    void add(Subscription asking, RetainedCursor messages) {
        RetainedSearch search = new RetainedSearch(asking, messages);
        search.isOwed = owedUpTo(asking) != 0; // what the store has of the one before is taken back with this one
        put(search);
    }

    /**
     * As {@link #add}, before SUBACK, of a search that does not end at once: what SUBACK waits for says that it is
     * owed.
     *
     * @param room how many messages may leave now
     * @return whether it is one; it begins with {@link #answered}
     */
    boolean owe(Subscription asking, RetainedCursor messages, int room) {
        RetainedSearch search = new RetainedSearch(asking, messages);
        if (find(asking) == null && search.endsAtOnce(room, session.settings().upgradeQos(), turns)) {
            return false;
        }
        search.awaitsSubAck = true;
        search.isOwed = true;
        put(search);
        return true;
    }

    /** SUBACK has left. */
    void answered(Subscription asking) {
        RetainedSearch search = find(asking);
        if (search != null) {
            search.awaitsSubAck = false;
        }
    }

    /** A search that has not ended is to be done after a crash too. */
    void owe(Subscription asking) {
        RetainedSearch search = find(asking);
        if (search != null && !search.isOwed && search.cursor.newest() > 0) {
            search.isOwed = true;
            session.note(asking);
        }
    }

    /** A search that a broker before us has owed. */
    void restore(Subscription asking, RetainedCursor messages) {
        RetainedSearch search = new RetainedSearch(asking, messages);
        search.isOwed = true;
        put(search);
    }

    private void put(RetainedSearch search) {
        remove(search.subscription);
        waiting.put(search.subscription, search);
    }

    /** A subscription is over [MQTT-3.10.4-2]. */
    void remove(Subscription over) {
        if (current != null && current.subscription == over) {
            current = null;
            found = null;
        } else {
            waiting.remove(over);
        }
    }

    boolean isEmpty() {
        return current == null && waiting.isEmpty();
    }

    /** The stamp up to which a search of a subscription is to be done after a crash too; 0 for none. */
    long owedUpTo(Subscription subscription) {
        RetainedSearch search = find(subscription);
        return search == null ? 0 : search.owedUpTo();
    }

    private @Nullable RetainedSearch find(Subscription subscription) {
        RetainedSearch first = current;
        return first != null && first.subscription == subscription ? first : waiting.get(subscription);
    }

    /** The connection has ended. */
    void rest() {
        if (current != null) {
            current.cursor.rest(found == null ? null : found.publication());
            found = null;
        }
    }

    /** Another connection goes on with the session; no SUBACK of the last one will come. */
    void reconnected() {
        waiting.values().forEach(search -> search.awaitsSubAck = false);
    }

    // --- searching ---

    /** The next message, which stays the next one until it is {@link #taken}; null for the end, or for later. */
    @Nullable
    Delivery peek() {
        if (found != null && current != null && !current.cursor.isCurrent()) {
            found = null; // what took its place has come as a live message, and must not be followed by the older one
        }
        RetainedSearch search;
        while (found == null && (search = first()) != null) {
            if (awaitsTurn || turns.allowed() <= 0) {
                await();
                return null;
            }
            Publication publication = search.cursor.next(turns.allowed());
            turns.spend(search.cursor.work());
            if (publication != null) {
                found = search.delivery(publication, session.settings().upgradeQos());
            } else if (search.cursor.isEnded()) {
                ended(search);
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

    private @Nullable RetainedSearch first() {
        Iterator<RetainedSearch> rest = waiting.values().iterator();
        while (current == null && rest.hasNext()) {
            RetainedSearch next = rest.next();
            if (!next.awaitsSubAck) {
                current = next;
                rest.remove();
            }
        }
        return current;
    }

    /** What it has found is noted already, if it has to survive. */
    private void ended(RetainedSearch search) {
        current = null;
        if (search.isOwed) {
            search.isOwed = false;
            session.note(search.subscription);
        }
    }
}
