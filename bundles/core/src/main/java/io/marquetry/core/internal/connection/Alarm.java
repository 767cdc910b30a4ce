// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.core.internal.loop.Timeout;

/**
 * Notices silence: first until CONNECT is there and answered, then for the keep alive. It is not moved at each packet;
 * when it goes off it looks when the last one came.
 */
final class Alarm extends Timeout {
    private final Connection connection;
    private long keepAliveMillis = -1;

    Alarm(Connection connection) {
        this.connection = connection;
    }

    /**
     * From now on only silence counts.
     *
     * @param millis how long the client may be silent; 0 is for ever
     */
    void keepAlive(long millis) {
        keepAliveMillis = millis;
        if (millis == 0) {
            connection.home().timers().cancel(this);
        } else {
            connection.home().timers().set(this, millis);
        }
    }

    @Override
    protected void expired() {
        if (keepAliveMillis < 0) {
            connection.silent();
            return;
        }
        long silent = connection.reading().silentMillis();
        if (silent >= keepAliveMillis) {
            connection.silent();
        } else {
            connection.home().timers().set(this, keepAliveMillis - silent);
        }
    }
}
