// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The services of one kind, highest ranking first: an immutable list that is replaced when one comes or goes, so that a
 * loop reads one field and takes no lock.
 *
 * @param <T> the kind
 */
public final class HookChain<T> {
    /**
     * A service and who offers it.
     *
     * @param service the service
     * @param ranking its {@code service.ranking}
     * @param id its {@code service.id}; of two equal rankings the older service comes first
     * @param owner the bundle's symbolic name, for logs
     */
    public record Member<T>(T service, int ranking, long id, String owner) {}

    private volatile List<Member<T>> members = List.of();

    /** The services now. */
    public List<Member<T>> members() {
        return members;
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** Adds a service; callable from any thread. */
    public synchronized void add(Member<T> member) {
        List<Member<T>> changed = new ArrayList<>(members);
        changed.add(member);
        changed.sort(
                Comparator.<Member<T>>comparingInt(Member::ranking).reversed().thenComparingLong(Member::id));
        members = List.copyOf(changed);
    }

    /** Removes a service; callable from any thread. */
    public synchronized void remove(T service) {
        members = members.stream().filter(m -> m.service() != service).toList();
    }

    /** Puts a service in its new place after its ranking changed; callable from any thread. */
    public synchronized void update(Member<T> member) {
        remove(member.service());
        add(member);
    }
}
