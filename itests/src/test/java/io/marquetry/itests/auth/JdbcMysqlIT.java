// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.StartedWith;
import org.junit.jupiter.api.Test;

/** {@code auth/jdbc} with MySQL itself. */
@StartedWith(env = "MARQUETRY_MQTT__NO_MATCH=allow")
class JdbcMysqlIT extends JdbcScenarios {
    @Override
    SqlServer startServer() throws Exception {
        return SqlServer.mysql();
    }

    /**
     * What a server remembers of a user's password is gone then: the driver has to send it, by a key of the server's.
     */
    @Test
    void givenNoTls_whenTheServerHasForgottenItsUsers_thenOnlyWhoMayAskForItsKeyGetsIn() throws Exception {
        String plain = server().url().replaceFirst("[?].*", "?sslMode=disable");
        int mark = broker().process().log().mark();
        extension().remove("authenticator", "test");
        try {
            server().run("FLUSH PRIVILEGES");
            extension().authenticate("test", users(plain));
            Patience.until("the key to be missing", () -> {
                assertThat(enter(as("meter", "secret"))).isEqualTo(SERVER_UNAVAILABLE);
                return broker().process().log().contains(mark, "RSA public key is not available");
            });

            extension().remove("authenticator", "test");
            extension().authenticate("test", users(plain + "&allowPublicKeyRetrieval=true"));
            Patience.until("clients to be let in", () -> enter(as("meter", "secret")) == 0);
        } finally {
            extension().remove("authenticator", "test");
            extension().authenticate("test", users(server().url()));
        }
    }
}
