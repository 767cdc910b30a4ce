// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Timeout;

/** A session without a connection: waits to publish its will, for its end, or both; on the session's loop. */
final class Absence extends Timeout {
    private static final long NEVER = Long.MAX_VALUE;

    private final Session session;
    private final long endsAt;
    private long willAt;

    /**
     * An absence that begins now.
     *
     * @param expiry how long the session outlives its connection, in seconds, or {@link Session#FOR_EVER}
     * @param willDelay how long its will waits, in seconds; -1 when there is none
     */
    Absence(Session session, long expiry, long willDelay) {
        this.session = session;
        long now = session.home().now();
        this.endsAt = expiry == Session.FOR_EVER ? NEVER : now + expiry * 1000;
        this.willAt = willDelay < 0 ? NEVER : now + willDelay * 1000;
    }

    /** Does what is due, and waits for what is next. */
    void goOn() {
        Home home = session.home();
        long now = home.now();
        if (endsAt <= now) {
            session.end();
            return;
        }
        if (willAt <= now) {
            willAt = NEVER;
            session.publishWill();
        }
        long next = Math.min(endsAt, willAt);
        if (next != NEVER) {
            home.timers().set(this, next - now);
        }
    }

    @Override
    protected void expired() {
        goOn();
    }

    /** Waits no more. */
    void cancel() {
        session.home().timers().cancel(this);
    }
}
