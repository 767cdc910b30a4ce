// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.core.internal.loop.Timeout;

/** Set while bytes wait for a client; ends the connection when none of them left for too long. */
final class SendGuard extends Timeout {
    private final Connection connection;
    private long sent;

    SendGuard(Connection connection) {
        this.connection = connection;
        this.sent = connection.wire().sentBytes();
    }

    @Override
    protected void expired() {
        long now = connection.wire().sentBytes();
        if (now == sent) {
            connection.stuck();
            return;
        }
        sent = now;
        connection.home().timers().set(this, connection.context().settings().sendTimeoutSeconds() * 1000L);
    }
}
