// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.transport.TestTally;
import io.marquetry.transport.tls.TlsSettings.Provider;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that change under a listener. */
@ParameterizedClass
@EnumSource(value = Provider.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
class TlsRotationTest {
    @Parameter
    private Provider provider;

    @TempDir
    private Path base;

    private OpenSsl openssl;

    @BeforeEach
    void start() throws Exception {
        openssl = new OpenSsl(base)
                .authority("ca")
                .server("ca", "one", "DNS:localhost")
                .server("ca", "two", "DNS:localhost");
        use("one");
    }

    @AfterEach
    void noLeak() {
        LeakPresenceDetector.check();
    }

    private void use(String name) throws IOException {
        useCertificate(name);
        useKey(name);
    }

    private void useCertificate(String name) throws IOException {
        Files.copy(base.resolve(name + ".crt"), base.resolve("server.crt"), StandardCopyOption.REPLACE_EXISTING);
    }

    private void useKey(String name) throws IOException {
        Files.copy(base.resolve(name + ".key"), base.resolve("server.key"), StandardCopyOption.REPLACE_EXISTING);
    }

    private TlsFixture listener(String certFile, String keyFile) throws TlsException {
        return new TlsFixture(provider, base, "certFile", certFile, "keyFile", keyFile);
    }

    private String seen(TlsFixture listener) throws Exception {
        return TlsClient.trusting(base.resolve("ca.crt")).visit(listener.port(), "localhost");
    }

    @Test
    void givenConnectedClient_whenCertificatesAreReplaced_thenItStaysAndOthersSeeTheNewOne() throws Exception {
        try (TlsFixture listener = listener("server.crt", "server.key");
                SSLSocket before = TlsClient.trusting(base.resolve("ca.crt")).connect(listener.port(), "localhost")) {
            TlsClient.echo(before, 1);

            use("two");
            listener.lookTwice();

            assertThat(seen(listener)).isEqualTo("CN=two");
            assertThat(TlsClient.echo(before, 2)).isEqualTo(2);
        }
    }

    @Test
    void givenChange_whenFilesDoNotStandStill_thenTheOldOneGoesOn() throws Exception {
        try (TlsFixture listener = listener("server.crt", "server.key")) {
            useCertificate("two");
            listener.tls.look();
            useKey("two");
            listener.tls.look();

            assertThat(seen(listener)).isEqualTo("CN=one");
            listener.tls.look();
            assertThat(seen(listener)).isEqualTo("CN=two");
        }
    }

    @Test
    void givenFilesThatDoNotBelongTogether_whenTheyStandStill_thenTheOldOneGoesOnUntilTheyDo() throws Exception {
        try (TlsFixture listener = listener("server.crt", "server.key")) {
            useCertificate("two");
            listener.lookTwice();
            listener.lookTwice();
            assertThat(seen(listener)).isEqualTo("CN=one");

            useKey("two");
            listener.lookTwice();

            assertThat(seen(listener)).isEqualTo("CN=two");
        }
    }

    @Test
    void givenFileThatIsHalfWrittenOrGone_whenItStandsStill_thenTheOldOneGoesOn() throws Exception {
        try (TlsFixture listener = listener("server.crt", "server.key")) {
            String whole = Files.readString(base.resolve("two.crt"));
            Files.writeString(base.resolve("server.crt"), whole.substring(0, whole.length() / 2));
            listener.lookTwice();
            assertThat(seen(listener)).isEqualTo("CN=one");

            Files.delete(base.resolve("server.crt"));
            listener.lookTwice();
            assertThat(seen(listener)).isEqualTo("CN=one");
        }
    }

    @Test
    void givenLinksLikeCertbots_whenTheyAreTurned_thenTheNewOne() throws Exception {
        Path live = Files.createDirectory(base.resolve("live"));
        Files.createSymbolicLink(live.resolve("fullchain.pem"), Path.of("../one.crt"));
        Files.createSymbolicLink(live.resolve("privkey.pem"), Path.of("../one.key"));
        try (TlsFixture listener = listener("live/fullchain.pem", "live/privkey.pem")) {
            Files.delete(live.resolve("fullchain.pem"));
            Files.delete(live.resolve("privkey.pem"));
            Files.createSymbolicLink(live.resolve("fullchain.pem"), Path.of("../two.crt"));
            Files.createSymbolicLink(live.resolve("privkey.pem"), Path.of("../two.key"));

            listener.lookTwice();

            assertThat(seen(listener)).isEqualTo("CN=two");
        }
    }

    @Test
    void givenLinksLikeThoseOfKubernetes_whenTheDirectoryIsSwapped_thenTheNewOne() throws Exception {
        for (String version : new String[] {"one", "two"}) {
            Path directory = Files.createDirectory(base.resolve(".." + version));
            Files.copy(base.resolve(version + ".crt"), directory.resolve("tls.crt"));
            Files.copy(base.resolve(version + ".key"), directory.resolve("tls.key"));
        }
        Files.createSymbolicLink(base.resolve("..data"), Path.of("..one"));
        Files.createSymbolicLink(base.resolve("tls.crt"), Path.of("..data/tls.crt"));
        Files.createSymbolicLink(base.resolve("tls.key"), Path.of("..data/tls.key"));
        try (TlsFixture listener = listener("tls.crt", "tls.key")) {
            Files.createSymbolicLink(base.resolve("..data_tmp"), Path.of("..two"));
            Files.move(base.resolve("..data_tmp"), base.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

            listener.lookTwice();

            assertThat(seen(listener)).isEqualTo("CN=two");
        }
    }

    @Test
    void givenNewListOfRevoked_whenItIsInForce_thenItsClientsAreRefused() throws Exception {
        openssl.client("ca", "device", Duration.ofDays(90)).list("ca", Duration.ofDays(30));
        try (TlsFixture listener = new TlsFixture(
                provider,
                base,
                "certFile",
                "server.crt",
                "keyFile",
                "server.key",
                "caFile",
                "ca.crt",
                "crlFile",
                "ca.crl",
                "verify",
                "required")) {
            TlsClient client =
                    TlsClient.showing(base.resolve("ca.crt"), base.resolve("device.crt"), base.resolve("device.key"));
            client.visit(listener.port(), "localhost");
            openssl.revoke("ca", "device").list("ca", Duration.ofDays(30));
            listener.lookTwice();

            assertThatThrownBy(() -> client.visit(listener.port(), "localhost")).isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).startsWith("in device");
            assertThat(listener.server.outcome()).isEqualTo("certificate_revoked");
        }
    }

    @Test
    void givenListenerThatIsOpen_whenFilesChange_thenItLooksByItself() throws Exception {
        TestTally tally = new TestTally();
        try (Tls tls = Tls.open(
                        "ssl:test",
                        TlsFixture.settings(provider, "certFile", "server.crt", "keyFile", "server.key"),
                        base,
                        tally);
                TlsEcho server = new TlsEcho(tls)) {
            TlsClient client = TlsClient.trusting(base.resolve("ca.crt"));
            use("two");

            Instant deadline = Instant.now().plusSeconds(30);
            String seen = client.visit(server.port(), "localhost");
            while (!seen.equals("CN=two") && Instant.now().isBefore(deadline)) {
                seen = client.visit(server.port(), "localhost");
            }

            assertThat(seen).isEqualTo("CN=two");
        }
    }

    @Test
    void givenTwoCertificates_whenOpened_thenTheEarlierEndIsTold() throws Exception {
        openssl.issue("ca", "soon", "rsa:2048", "subjectAltName=DNS:b.example", Duration.ofDays(10));
        Instant end = end("soon.crt");
        try (TlsFixture listener = listener("server.crt,soon.crt", "server.key,soon.key")) {

            assertThat(listener.count("certificate.expires_at")).isEqualTo(end.getEpochSecond());
        }
        try (Credentials credentials = Credentials.read(
                TlsFixture.settings(provider, "certFile", "server.crt,soon.crt", "keyFile", "server.key,soon.key"),
                base)) {
            assertThat(credentials.warnings(Instant.now()))
                    .containsExactly(
                            "the certificate CN=soon expires at " + end + ", in 9 days: put a new one in its file");
            assertThat(credentials.warnings(Instant.now().plus(Duration.ofDays(11))))
                    .containsExactly("the certificate CN=soon has expired at " + end
                            + ": most clients refuse it; put a new one in its file");
        }
    }

    private Instant end(String file) throws TlsException {
        X509Certificate certificate =
                Pem.certificates(base.resolve(file), "a certificate").get(0);
        return certificate.getNotAfter().toInstant();
    }

    @Test
    void givenKeyOfAnotherCertificate_whenOpened_thenTheSentenceNamesBothFiles() throws Exception {
        useKey("two");

        assertThatThrownBy(() -> listener("server.crt", "server.key").close())
                .isInstanceOf(TlsException.class)
                .hasMessage("the key in " + base.resolve("server.key") + " does not belong to the first certificate in "
                        + base.resolve("server.crt") + " (CN=one): expected a pair");
    }
}
