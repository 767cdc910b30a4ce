// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.core.internal.loop.Timeout;

/** Ends a connection when its client's right to be connected ends, by the clock that people and tokens go by. */
final class Expiry extends Timeout {
    /** That clock may be set; so often it is looked at. */
    private static final long LOOK_MILLIS = 60_000;

    private final Connection connection;
    private final long expiresAt;

    /** @param expiresAt in milliseconds since 1970 */
    Expiry(Connection connection, long expiresAt) {
        this.connection = connection;
        this.expiresAt = expiresAt;
        expired();
    }

    @Override
    protected void expired() {
        long left = expiresAt - connection.context().wallClock.getAsLong();
        if (left > 0) {
            connection.home().timers().set(this, Math.min(left, LOOK_MILLIS));
        } else {
            connection.fail(DisconnectReason.NOT_AUTHORIZED, "the time for which the client was let in is over");
        }
    }

    void cancel() {
        connection.home().timers().cancel(this);
    }
}
