// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.transport.tls.TlsSettings.Provider;
import io.netty.util.LeakPresenceDetector;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The age of tickets with BoringSSL: the JDK keeps it in the ticket, BoringSSL in TLS 1.3 has nothing but the key's.
 */
class TlsTicketTest {
    @TempDir
    private Path base;

    private OpenSsl openssl;

    @BeforeEach
    void start() throws Exception {
        openssl = new OpenSsl(base).authority("ca").server("ca", "server", "DNS:localhost");
    }

    @AfterEach
    void noLeak() {
        LeakPresenceDetector.check();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void givenTicketOfOpenSsl_whenTheSessionTimeoutIsOver_thenItIsVoid(String version) throws Exception {
        MovableClock clock = new MovableClock();
        try (TlsFixture listener = new TlsFixture(
                Provider.OPENSSL,
                base,
                clock,
                "certFile",
                "server.crt",
                "keyFile",
                "server.key",
                "sessionTimeoutSeconds",
                "3600")) {
            openssl.visit(listener.port(), version + " -sess_out session.pem");
            clock.move(Duration.ofMinutes(31));
            listener.tls.look();
            String soon = openssl.visit(listener.port(), version + " -sess_in session.pem");
            clock.move(Duration.ofMinutes(62));
            listener.tls.look();

            String late = openssl.visit(listener.port(), version + " -sess_in session.pem");

            assertThat(soon).contains("Reused, TLSv1");
            assertThat(late).contains("New, TLSv1").doesNotContain("Reused");
        }
    }
}
