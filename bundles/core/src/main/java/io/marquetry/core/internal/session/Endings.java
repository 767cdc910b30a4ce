// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.store.Journal;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The clients of one loop whose durable sessions have ended, which is not committed yet: a broker that was killed now
 * would bring them back, so nobody may be told that there is none.
 */
final class Endings {
    private final Journal journal;
    /** The ticket of each end; the oldest first. */
    private final Map<String, Long> tickets = new LinkedHashMap<>();

    Endings(Journal journal) {
        this.journal = journal;
    }

    /** The end of a session has just been noted. */
    void add(String clientId) {
        forgetCommitted();
        tickets.remove(clientId);
        tickets.put(clientId, journal.ticket());
    }

    boolean contains(String clientId) {
        forgetCommitted();
        return tickets.containsKey(clientId);
    }

    private void forgetCommitted() {
        Iterator<Long> oldest = tickets.values().iterator();
        while (oldest.hasNext() && journal.isCommitted(oldest.next())) {
            oldest.remove();
        }
    }
}
