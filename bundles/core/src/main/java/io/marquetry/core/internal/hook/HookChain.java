// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The services of one kind, highest ranking first: an immutable list that is replaced when one comes or goes, so that a
 * loop reads one field and takes no lock. While an extension is replaced its members stay and are <em>held</em>: who
 * asks one waits for the service that takes its place.
 *
 * @param <T> the kind
 */
public abstract class HookChain<T> {
    private static final Comparator<Member<?>> ORDER = Comparator.<Member<?>>comparingInt(
                    member -> member.origin().ranking())
            .reversed()
            .thenComparingLong(member -> member.origin().id());

    private final Owners owners;
    private final Class<T> type;
    private volatile List<Member<T>> members = List.of();

    HookChain(Class<T> type, Owners owners) {
        this.type = type;
        this.owners = owners;
    }

    /** The services now, those whose place is held included. */
    public final List<Member<T>> members() {
        return members;
    }

    /** Whether there is none. */
    public final boolean isEmpty() {
        return members.isEmpty();
    }

    /** The kind. */
    public final Class<T> type() {
        return type;
    }

    /** Adds a service, in the place that was held for it if there is one; callable from any thread. */
    public final void add(T service, Origin origin) {
        Member<T> added = new Member<>(service, type.getSimpleName(), origin, owners.of(origin.owner()));
        Member<T> held;
        synchronized (this) {
            adding();
            held = find(member -> member.isHeld() && member.origin().isSucceededBy(origin));
            change(held, added);
        }
        if (held != null) {
            held.succeededBy(added);
        }
    }

    /**
     * Removes a service, unless its place is held; callable from any thread.
     *
     * @return its member, so that one can wait for its calls; null when there is none
     */
    public final synchronized @Nullable Member<T> remove(T service) {
        Member<T> member = find(m -> m.service() == service);
        if (member != null && !member.isHeld()) {
            change(member, null);
        }
        return member;
    }

    /** Puts a service in its new place after its ranking changed; callable from any thread. */
    public final synchronized void update(T service, Origin origin) {
        Member<T> member = find(m -> m.service() == service);
        if (member != null) {
            change(member, member.at(origin));
        }
    }

    /**
     * Takes a service out, but holds its place, since it may be back at once: its component is made anew when its
     * configuration changes.
     *
     * @return its member, as of {@link #remove}
     */
    public final synchronized @Nullable Member<T> suspend(T service) {
        Member<T> member = find(m -> m.service() == service);
        if (member != null) {
            member.hold();
        }
        return member;
    }

    /** Gives up the place of one service, if it is still held. */
    public final void release(Member<T> member) {
        synchronized (this) {
            if (!member.isHeld() || !members.contains(member)) {
                return;
            }
            change(member, null);
        }
        member.giveUp();
    }

    /** Holds the places of an extension; returns whose they are. */
    final synchronized List<Member<T>> hold(String owner) {
        List<Member<T>> held = of(owner);
        held.forEach(Member::hold);
        return held;
    }

    /** Whoever still waits for a service of an extension does so in vain; the places stay, and fail. */
    final void expire(String owner, String reason) {
        of(owner).forEach(member -> member.expire(reason));
    }

    /** Gives up the places that are held for an extension and that no service has taken. */
    final void release(String owner) {
        List<Member<T>> given = new ArrayList<>();
        synchronized (this) {
            for (Member<T> member : of(owner)) {
                if (member.isHeld()) {
                    change(member, null);
                    given.add(member);
                }
            }
        }
        given.forEach(Member::giveUp);
    }

    /** Whether an extension has a service here, or its place is held. */
    public final boolean isFrom(String owner) {
        return !of(owner).isEmpty();
    }

    final void forEach(Consumer<Member<?>> action) {
        members.forEach(action);
    }

    private List<Member<T>> of(String owner) {
        return members.stream().filter(m -> m.origin().owner().equals(owner)).toList();
    }

    private @Nullable Member<T> find(Predicate<Member<T>> which) {
        for (Member<T> member : members) {
            if (which.test(member)) {
                return member;
            }
        }
        return null;
    }

    private void change(@Nullable Member<T> from, @Nullable Member<T> to) {
        List<Member<T>> changed = new ArrayList<>(members);
        changed.remove(from);
        if (to != null) {
            changed.add(to);
        }
        changed.sort(ORDER);
        members = List.copyOf(changed);
        changed();
    }

    /** Somebody comes who is not in the chain yet. */
    void adding() {}

    /** The chain is another one now. */
    void changed() {}
}
