// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import io.marquetry.itests.support.StartedWith;

/** {@code auth/jdbc} with Debian's PostgreSQL. */
@StartedWith(env = "MARQUETRY_MQTT__NO_MATCH=allow")
class JdbcPostgresqlIT extends JdbcScenarios {
    @Override
    SqlServer startServer() throws Exception {
        return SqlServer.postgresql();
    }
}
