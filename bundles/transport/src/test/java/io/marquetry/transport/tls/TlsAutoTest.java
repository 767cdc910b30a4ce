// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.transport.tls.TlsSettings.Provider;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which engine is taken when none is asked for. */
class TlsAutoTest {
    @TempDir
    private Path base;

    private OpenSsl openssl;

    @BeforeEach
    void start() {
        openssl = new OpenSsl(base);
    }

    private void certificate(String key) {
        openssl.must("req -x509 -newkey " + key + " -nodes -subj /CN=server -addext subjectAltName=DNS:localhost"
                + " -days 90 -keyout server.key -out server.crt");
    }

    private static TlsSettings settings(Provider provider, String... more) {
        String[] pairs = {"certFile", "server.crt", "keyFile", "server.key"};
        return TlsFixture.settings(
                provider, Stream.of(pairs, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private Class<?> taken(String... more) throws TlsException {
        try (Credentials credentials = Credentials.read(settings(Provider.AUTO, more), base)) {
            return credentials.engines().getClass();
        }
    }

    @Test
    void givenNothingThatHinders_whenOpened_thenOpenSsl() throws Exception {
        certificate("ec -pkeyopt ec_paramgen_curve:P-256");

        assertThat(taken()).isEqualTo(OpenSslEngines.class);
    }

    @Test
    void givenKeyOfEd25519_whenOpened_thenJdkUnlessOpenSslWasAskedFor() throws Exception {
        certificate("ed25519");

        assertThat(taken()).isEqualTo(JdkEngines.class);
        assertThatThrownBy(() -> Credentials.read(settings(Provider.OPENSSL), base))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("the key of CN=server is one of Ed")
                .hasMessageContaining("expected one of RSA or of a NIST curve");
    }

    @Test
    void givenCiphersThatOpenSslCannotChooseOrDoesNotKnow_whenOpened_thenJdk() throws Exception {
        certificate("rsa:2048");

        assertThat(taken("versions", "TLSv1.3", "ciphers", "TLS_AES_128_GCM_SHA256"))
                .isEqualTo(JdkEngines.class);
        assertThat(taken("versions", "TLSv1.2", "ciphers", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"))
                .isEqualTo(JdkEngines.class);
    }
}
