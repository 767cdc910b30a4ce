// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import org.jspecify.annotations.Nullable;

/** What is to happen when the client of a session is gone: its will is published, and the session ends. */
final class Departure {
    private final Session session;
    private final SessionRegistry registry;
    private long expirySeconds;
    private long at;
    private @Nullable Will will;
    private @Nullable Absence absence;

    Departure(Session session, SessionRegistry registry) {
        this.session = session;
        this.registry = registry;
    }

    /** The client is there, with these wishes. */
    void putOff(long expiry, @Nullable Will itsWill) {
        endAbsence();
        at = 0;
        expirySeconds = expiry;
        will = itsWill;
    }

    /** When the client left, in milliseconds since 1970; 0 while it is there. */
    long at() {
        return at;
    }

    void expirySeconds(long expiry) {
        expirySeconds = expiry;
    }

    long expirySeconds() {
        return expirySeconds;
    }

    /** The will, which is nobody's from then on; or null. */
    @Nullable
    Will takeWill() {
        Will its = will;
        will = null;
        return its;
    }

    /** The client has left. */
    void begin() {
        at = registry.wallTime();
        session.note();
        await(0);
    }

    /** @param since how many milliseconds it is that the client has left */
    private void await(long since) {
        absence = new Absence(
                session,
                expirySeconds == Session.FOR_EVER ? Absence.NEVER : expirySeconds * 1000 - since,
                will == null ? Absence.NEVER : will.delaySeconds() * 1000 - since);
        absence.goOn();
    }

    /** The session ends; returns the will that was not published. */
    @Nullable
    Will end() {
        endAbsence();
        return takeWill();
    }

    private void endAbsence() {
        if (absence != null) {
            absence.cancel();
            absence = null;
        }
    }

    // --- what survives ---

    SessionRecord record(long createdAt) {
        return new SessionRecord(session.clientId(), createdAt, expirySeconds, at, will);
    }

    void restore(SessionRecord record) {
        expirySeconds = record.expirySeconds();
        at = record.disconnectedAt();
        will = record.will();
    }

    /** @param alive when a broker was last alive, for a client that has not left */
    void restored(long alive) {
        if (at == 0) {
            at = alive;
            session.note();
        }
        await(Math.max(0, registry.wallTime() - at));
    }
}
