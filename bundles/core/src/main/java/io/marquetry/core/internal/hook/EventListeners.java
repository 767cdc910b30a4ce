// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.event.BrokerEventListener;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Who hears what happens. Each listener has a queue of its own, which one that takes its place after an update goes on
 * with. Callable from any thread.
 */
final class EventListeners extends HookChain<BrokerEventListener> {
    private record Place(String owner, String name) {
        static Place of(Member<?> member) {
            return new Place(member.origin().owner(), member.origin().name());
        }
    }

    private final Map<Place, EventQueue> queues = new ConcurrentHashMap<>();

    EventListeners(Owners owners) {
        super(BrokerEventListener.class, owners);
    }

    /** Tells all of them, later. */
    void tell(BrokerEvent event) {
        for (Member<BrokerEventListener> member : members()) {
            queues.computeIfAbsent(Place.of(member), place -> new EventQueue()).add(event, member);
        }
    }

    /** Forgets what those had still to hear who are gone; one whose place is held is not. */
    @Override
    void changed() {
        Set<Place> here = members().stream().map(Place::of).collect(Collectors.toSet());
        queues.keySet().retainAll(here);
    }
}
