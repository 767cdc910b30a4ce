// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import io.marquetry.itests.support.StartedWith;

/** {@code auth/jdbc} with Debian's MariaDB. */
@StartedWith(env = "MARQUETRY_MQTT__NO_MATCH=allow")
class JdbcMariadbIT extends JdbcScenarios {
    @Override
    SqlServer startServer() throws Exception {
        return SqlServer.mariadb();
    }
}
