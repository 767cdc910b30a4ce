// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelfSignedTest {
    @TempDir
    private Path base;

    private SelfSigned made;

    @BeforeEach
    void start() {
        made = new SelfSigned(base);
    }

    @Test
    void givenNothing_whenEnsured_thenOpensslFindsNoFault() throws Exception {
        made.ensure(Instant.now());

        String text = OpenSsl.run(base, "x509", "-in", made.certFile().toString(), "-noout", "-text");
        assertThat(text)
                .contains("Version: 3", "prime256v1", "ecdsa-with-SHA256", "CA:FALSE", "TLS Web Server Authentication")
                .contains("DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1");
        assertThat(OpenSsl.run(
                        base,
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        "sslserver",
                        "-verify_hostname",
                        "localhost",
                        "-CAfile",
                        made.certFile().toString(),
                        made.certFile().toString()))
                .endsWith("self-signed.crt: OK\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.keyFile())))
                .isEqualTo("rw-------");
        X509Certificate certificate = certificate();
        assertThat(Duration.between(
                        certificate.getNotBefore().toInstant(),
                        certificate.getNotAfter().toInstant()))
                .isEqualTo(Duration.ofDays(397));
    }

    @Test
    void givenOneThatIsGood_whenEnsuredAgain_thenItStays() throws Exception {
        made.ensure(Instant.now());
        X509Certificate first = certificate();

        new SelfSigned(base).ensure(Instant.now());

        assertThat(certificate()).isEqualTo(first);
    }

    @Test
    void givenOneThatHasExpired_whenEnsured_thenANewOne() throws Exception {
        made.ensure(Instant.now().minus(Duration.ofDays(398)));

        made.ensure(Instant.now());

        assertThat(certificate().getNotAfter().toInstant()).isAfter(Instant.now());
        assertThat(Identity.read(made.certFile(), made.keyFile(), "").names()).contains("localhost");
    }

    @Test
    void givenCrashBetweenKeyAndCertificate_whenEnsured_thenAPair() throws Exception {
        made.ensure(Instant.now());
        byte[] certificate = Files.readAllBytes(made.certFile());
        Files.delete(made.certFile());
        made.ensure(Instant.now());
        Files.write(made.certFile(), certificate);

        made.ensure(Instant.now());

        assertThat(Identity.read(made.certFile(), made.keyFile(), "")).isNotNull();
    }

    @Test
    void givenManyListeners_whenAllStartAtOnce_thenOneCertificate() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<X509Certificate>> seen = new ArrayList<>();

        for (int i = 0; i < 8; i++) {
            seen.add(threads.submit(() -> {
                SelfSigned own = new SelfSigned(base);
                own.ensure(Instant.now());
                return Identity.read(own.certFile(), own.keyFile(), "").chain().get(0);
            }));
        }

        Set<X509Certificate> different = new HashSet<>();
        for (Future<X509Certificate> each : seen) {
            different.add(each.get());
        }
        threads.shutdown();
        assertThat(different).hasSize(1);
    }

    @Test
    void givenDirectoryThatCannotBeMade_whenEnsured_thenASentence() throws Exception {
        Files.writeString(base.resolve("data"), "a file in the way"); // rights would not stop root

        assertThatThrownBy(() -> made.ensure(Instant.now()))
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("no certFile is set, and a self-signed certificate cannot be made in "
                        + base.resolve("data").resolve("tls"));
    }

    private X509Certificate certificate() throws TlsException {
        return Pem.certificates(made.certFile(), "the certificate").get(0);
    }
}
