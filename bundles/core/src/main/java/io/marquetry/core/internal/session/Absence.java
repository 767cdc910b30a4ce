// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Timeout;

/** A session without a connection: waits to publish its will, for its end, or both; on the session's loop. */
final class Absence extends Timeout {
    /** What does not happen. */
    static final long NEVER = Long.MAX_VALUE;

    private final Session session;
    private final long endsAt;
    private long willAt;

    /**
     * An absence.
     *
     * @param endsIn in how many milliseconds the session ends, or {@link #NEVER}; what is due already may be negative
     * @param willIn in how many milliseconds its will is published, or {@link #NEVER} when there is none
     */
    Absence(Session session, long endsIn, long willIn) {
        this.session = session;
        long now = session.home().now();
        this.endsAt = endsIn == NEVER ? NEVER : now + endsIn;
        this.willAt = willIn == NEVER ? NEVER : now + willIn;
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
