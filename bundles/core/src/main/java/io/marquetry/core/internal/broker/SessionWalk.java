// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.SessionRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.ToIntBiFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every session of one loop, a slice at a time, so that whoever asks or ends 100,000 of them holds up nobody.
 * The map of sessions changes meanwhile; the walk goes over a copy of its references, made in one go, and leaves out
 * those that have ended when their turn comes.
 */
final class SessionWalk<R> implements Runnable {
    /** How much is looked at in one turn. */
    static final int SLICE = 1_000;
    /** A task that runs at once would come before the sockets have had their turn. */
    static final int PAUSE_MILLIS = 1;

    private final SessionRegistry sessions;
    private final Home home;
    private final R result;
    private final ToIntBiFunction<Session, R> look;
    private final CompletableFuture<R> done = new CompletableFuture<>();
    private Session @Nullable [] all;
    private int next;

    private SessionWalk(SessionRegistry sessions, Home home, R result, ToIntBiFunction<Session, R> look) {
        this.sessions = sessions;
        this.home = home;
        this.result = result;
        this.look = look;
    }

    /**
     * Walks on all loops at once.
     *
     * @param results makes what a loop collects in
     * @param look called on the session's loop; returns how much it has looked at, 1 or more
     * @return completes with what each loop has collected
     */
    static <R> CompletionStage<List<R>> everywhere(
            SessionRegistry sessions, Supplier<R> results, ToIntBiFunction<Session, R> look) {
        List<CompletableFuture<R>> parts = new ArrayList<>();
        for (Home home : sessions.homes()) {
            SessionWalk<R> walk = new SessionWalk<>(sessions, home, results.get(), look);
            parts.add(walk.done);
            home.mailbox().post(walk);
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenApply(
                        ignored -> parts.stream().map(CompletableFuture::join).toList());
    }

    /**
     * Calls on every session, on all loops at once.
     *
     * @param call as {@code look} above
     * @return completes when all were called on
     */
    static CompletionStage<?> everywhere(SessionRegistry sessions, ToIntFunction<Session> call) {
        return everywhere(sessions, () -> call, (session, it) -> it.applyAsInt(session));
    }

    @Override
    public void run() {
        try {
            if (all == null) {
                all = sessions.all(home).toArray(Session[]::new);
            }
            for (int seen = 0; seen < SLICE && next < all.length; next++) {
                seen += all[next].hasEnded() ? 1 : look.applyAsInt(all[next], result);
            }
            if (next < all.length) {
                home.loop().schedule(this, PAUSE_MILLIS);
            } else {
                done.complete(result);
            }
        } catch (RuntimeException e) {
            done.completeExceptionally(e);
        }
    }
}
