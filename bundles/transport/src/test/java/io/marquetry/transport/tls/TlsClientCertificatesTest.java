// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.transport.tls.TlsSettings.Provider;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients with certificates, with good ones and with all others. */
@ParameterizedClass
@EnumSource(value = Provider.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
class TlsClientCertificatesTest {
    @Parameter
    private Provider provider;

    private static final Duration YEAR = Duration.ofDays(365);

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

    private TlsFixture listener(String... more) throws TlsException {
        List<String> pairs =
                new ArrayList<>(List.of("certFile", "server.crt", "keyFile", "server.key", "caFile", "ca.crt"));
        pairs.addAll(List.of(more));
        return new TlsFixture(provider, base, pairs.toArray(String[]::new));
    }

    private TlsClient showing(String name) throws Exception {
        return TlsClient.showing(base.resolve("ca.crt"), base.resolve(name + ".crt"), base.resolve(name + ".key"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void givenGoodCertificate_whenRequired_thenItsNamesAreTold(String version) throws Exception {
        openssl.client("ca", "device-1", YEAR);
        try (TlsFixture listener = listener("verify", "required")) {

            showing("device-1").speaking(version).visit(listener.port(), "localhost");

            assertThat(listener.server.outcome()).isEqualTo("in device-1 CN=device-1");
            assertThat(listener.tls.isAuthenticating()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void givenNoCertificate_whenRequired_thenRefused(String version) throws Exception {
        try (TlsFixture listener = listener("verify", "required")) {
            TlsClient client = TlsClient.trusting(base.resolve("ca.crt")).speaking(version);

            assertThatThrownBy(() -> client.visit(listener.port(), "localhost")).isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).isEqualTo("certificate_required");
        }
    }

    @Test
    void givenNoCertificate_whenOptional_thenInWithoutOne() throws Exception {
        try (TlsFixture listener = listener("verify", "optional")) {

            TlsClient.trusting(base.resolve("ca.crt")).visit(listener.port(), "localhost");

            assertThat(listener.server.outcome()).isEqualTo("in");
            assertThat(listener.tls.isAuthenticating()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"optional", "required"})
    void givenCertificateOfAnotherAuthority_whenShown_thenUnknown(String verify) throws Exception {
        openssl.authority("other").client("other", "stranger", YEAR);
        try (TlsFixture listener = listener("verify", verify)) {
            openssl.visit(listener.port(), "-tls1_3 -cert stranger.crt -key" + " stranger.key");

            assertThat(listener.server.outcome()).isEqualTo("certificate_unknown");
        }
    }

    @Test
    void givenCertificateThatHasExpired_whenShown_thenExpired() throws Exception {
        openssl.client("ca", "late", Duration.ofDays(-1));
        try (TlsFixture listener = listener("verify", "optional")) {

            assertThatThrownBy(() -> showing("late").visit(listener.port(), "localhost"))
                    .isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).isEqualTo("certificate_expired");
        }
    }

    @Test
    void givenCertificateForServersOnly_whenShown_thenUnknown() throws Exception {
        openssl.issue("ca", "machine", "rsa:2048", "extendedKeyUsage=serverAuth", YEAR);
        try (TlsFixture listener = listener("verify", "required")) {

            assertThatThrownBy(() -> showing("machine").visit(listener.port(), "localhost"))
                    .isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).isEqualTo("certificate_unknown");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PEM", "DER"})
    void givenListOfRevoked_whenOneOfThemComes_thenRevoked(String form) throws Exception {
        openssl.client("ca", "stolen", YEAR).client("ca", "good", YEAR).revoke("ca", "stolen");
        openssl.list("ca", Duration.ofDays(30)).must("crl -in ca.crl -out ca.list -outform " + form);
        try (TlsFixture listener = listener("verify", "required", "crlFile", "ca.list")) {

            showing("good").visit(listener.port(), "localhost");
            assertThatThrownBy(() -> showing("stolen").visit(listener.port(), "localhost"))
                    .isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).startsWith("in good");
            assertThat(listener.server.outcome()).isEqualTo("certificate_revoked");
        }
    }

    @Test
    void givenListsOfTwoAuthoritiesInOneFile_whenClientsOfBothCome_thenEachByItsList() throws Exception {
        openssl.authority("other")
                .client("other", "far", YEAR)
                .client("other", "lost", YEAR)
                .client("ca", "near", YEAR);
        openssl.revoke("other", "lost").list("ca", Duration.ofDays(30)).list("other", Duration.ofDays(30));
        Files.writeString(
                base.resolve("both.crl"),
                Files.readString(base.resolve("ca.crl")) + Files.readString(base.resolve("other.crl")));
        Files.writeString(
                base.resolve("both.crt"),
                Files.readString(base.resolve("ca.crt")) + Files.readString(base.resolve("other.crt")));
        try (TlsFixture listener = listener("verify", "required", "caFile", "both.crt", "crlFile", "both.crl")) {

            showing("near").visit(listener.port(), "localhost");
            showing("far").visit(listener.port(), "localhost");
            assertThatThrownBy(() -> showing("lost").visit(listener.port(), "localhost"))
                    .isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).startsWith("in near");
            assertThat(listener.server.outcome()).startsWith("in far");
            assertThat(listener.server.outcome()).isEqualTo("certificate_revoked");
        }
    }

    @Test
    void givenListThatHasExpired_whenClientComes_thenRefusedAndSaid() throws Exception {
        openssl.client("ca", "good", YEAR).list("ca", Duration.ofHours(-1));
        try (Credentials credentials = credentialsWithList();
                TlsFixture listener = listener("verify", "required", "crlFile", "ca.crl")) {

            assertThatThrownBy(() -> showing("good").visit(listener.port(), "localhost"))
                    .isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).isEqualTo("certificate_unknown");
            assertThat(credentials.warnings(Instant.now()))
                    .singleElement()
                    .asString()
                    .startsWith("the list of revoked certificates of CN=ca has expired at ");
        }
    }

    private Credentials credentialsWithList() throws TlsException {
        return Credentials.read(
                TlsFixture.settings(
                        provider,
                        "certFile",
                        "server.crt",
                        "keyFile",
                        "server.key",
                        "caFile",
                        "ca.crt",
                        "crlFile",
                        "ca.crl",
                        "verify",
                        "required"),
                base);
    }

    @Test
    void givenListOfAForgedAuthority_whenOpened_thenASentence() throws Exception {
        Files.createDirectory(base.resolve("forged"));
        OpenSsl forger = new OpenSsl(base.resolve("forged")).authority("ca").list("ca", Duration.ofDays(30));

        assertThatThrownBy(() -> listener(
                                "verify",
                                "required",
                                "crlFile",
                                forger.file("ca.crl").toString())
                        .close())
                .isInstanceOf(TlsException.class)
                .hasMessageContaining("has a list of CN=ca that is not signed by that authority in caFile");
    }

    @Test
    void givenTooManyAuthoritiesBetween_whenShown_thenUnknown() throws Exception {
        openssl.authority("between");
        openssl.must(
                "req -new -key between.key -subj /CN=between -addext basicConstraints=critical,CA:TRUE -out b.csr");
        openssl.must("ca -batch -notext -config ca.cnf -days 90 -in b.csr -out between.crt");
        openssl.client("between", "deep", YEAR);
        Files.writeString(
                base.resolve("deep.crt"), Files.readString(base.resolve("between.crt")), StandardOpenOption.APPEND);
        try (TlsFixture narrow = listener("verify", "required", "verifyDepth", "0");
                TlsFixture wide = listener("verify", "required", "verifyDepth", "1")) {

            showing("deep").visit(wide.port(), "localhost");
            assertThatThrownBy(() -> showing("deep").visit(narrow.port(), "localhost"))
                    .isInstanceOf(IOException.class);

            assertThat(wide.server.outcome()).startsWith("in deep");
            assertThat(narrow.server.outcome()).isEqualTo("certificate_unknown");
        }
    }

    @Test
    void givenSessionWithCertificate_whenItHasExpiredAtResumption_thenRefused() throws Exception {
        openssl.client("ca", "short", Duration.ofDays(1));
        MovableClock clock = new MovableClock();
        try (TlsFixture listener = new TlsFixture(
                provider,
                base,
                clock,
                "certFile",
                "server.crt",
                "keyFile",
                "server.key",
                "caFile",
                "ca.crt",
                "verify",
                "required")) {
            TlsClient client = showing("short");
            client.visit(listener.port(), "localhost");
            client.visit(listener.port(), "localhost");
            clock.move(Duration.ofDays(2));

            assertThatThrownBy(() -> client.visit(listener.port(), "localhost")).isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).startsWith("in short");
            assertThat(listener.server.outcome()).startsWith("in short");
            assertThat(listener.server.outcome()).isEqualTo("certificate_expired");
            assertThat(listener.count("handshakes.resumed")).isEqualTo(1);
            assertThat(listener.count("handshakes.failed")).isEqualTo(1);
        }
    }

    @Test
    void givenSubjectWithManyParts_whenShown_thenDistinguishedNameOfRfc2253() throws Exception {
        openssl.must("req -new -newkey rsa:2048 -nodes -subj /C=DE/O=Acme,Inc/CN=device-7 -keyout d.key -out d.csr");
        openssl.must("x509 -req -in d.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out d.crt");
        try (TlsFixture listener = listener("verify", "required");
                SSLSocket socket = showing("d").connect(listener.port(), "localhost")) {

            TlsClient.echo(socket, 1);

            assertThat(listener.server.outcome()).isEqualTo("in device-7 CN=device-7,O=Acme\\,Inc,C=DE");
        }
    }
}
