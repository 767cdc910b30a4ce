// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.transport.tls.TlsSettings.Provider;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which certificate a client sees, and what it may speak. */
@ParameterizedClass
@EnumSource(value = Provider.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
class TlsNamesTest {
    @Parameter
    private Provider provider;

    @TempDir
    private Path base;

    private OpenSsl openssl;

    @BeforeEach
    void start() throws Exception {
        openssl = new OpenSsl(base).authority("ca");
    }

    @AfterEach
    void noLeak() {
        LeakPresenceDetector.check();
    }

    @ParameterizedTest
    @CsvSource({
        "one.example, CN=first",
        "two.example, CN=second",
        "TWO.example, CN=second",
        "any.wild.example, CN=wild",
        "named.wild.example, CN=second",
        "deeper.any.wild.example, CN=first",
        "wild.example, CN=first",
        "plain.example, CN=plain.example",
        "nobody.example, CN=first",
        ", CN=first"
    })
    void givenSeveralCertificates_whenClientNamesHost_thenTheOneForIt(String host, String subject) throws Exception {
        openssl.server("ca", "first", "DNS:one.example")
                .server("ca", "second", "DNS:two.example,DNS:named.wild.example")
                .server("ca", "wild", "DNS:*.wild.example")
                .issue("ca", "plain.example", "rsa:2048", "keyUsage=digitalSignature", Duration.ofDays(50));
        try (TlsFixture listener = new TlsFixture(
                provider,
                base,
                "certFile",
                "first.crt, second.crt, wild.crt, plain.example.crt",
                "keyFile",
                "first.key, second.key, wild.key, plain.example.key")) {

            String seen = host == null
                    ? openssl(listener.port(), "-noservername")
                    : openssl(listener.port(), "-servername", host);

            assertThat(seen).contains("subject=" + subject.replace("=", " = ") + "\n");
        }
    }

    @Test
    void givenRsaAndEcForOneName_whenClientChecksRsaOnly_thenRsa() throws Exception {
        openssl.server("ca", "ec", "DNS:one.example")
                .issue("ca", "rsa", "rsa:2048", "subjectAltName=DNS:one.example", Duration.ofDays(90));
        try (TlsFixture listener =
                new TlsFixture(provider, base, "certFile", "ec.crt,rsa.crt", "keyFile", "ec.key,rsa.key")) {

            String rsa = openssl(listener.port(), "-sigalgs", "rsa_pss_rsae_sha256:RSA+SHA256");
            String ec = openssl(listener.port(), "-sigalgs", "ECDSA+SHA256");

            assertThat(rsa).contains("subject=CN = rsa");
            assertThat(ec).contains("subject=CN = ec");
        }
    }

    @Test
    void givenChainBehindCertificate_whenClientTrustsTheRoot_thenItIsLedThere() throws Exception {
        openssl.authority("between");
        // Its certificate is not its own any more.
        openssl.must(
                "req -new -key between.key -subj /CN=between -addext basicConstraints=critical,CA:TRUE -out b.csr");
        openssl.must("ca -batch -notext -config ca.cnf -days 90 -in b.csr -out between.crt");
        openssl.server("between", "leaf", "DNS:localhost");
        Files.writeString(
                base.resolve("chain.pem"),
                Files.readString(base.resolve("leaf.crt")) + Files.readString(base.resolve("between.crt")));
        try (TlsFixture listener = new TlsFixture(provider, base, "certFile", "chain.pem", "keyFile", "leaf.key")) {

            String seen = TlsClient.trusting(base.resolve("ca.crt")).visit(listener.port(), "localhost");

            assertThat(seen).isEqualTo("CN=leaf");
        }
    }

    @Test
    void givenOneVersion_whenClientSpeaksTheOther_thenCountedAsError() throws Exception {
        openssl.server("ca", "server", "DNS:localhost");
        try (TlsFixture listener = new TlsFixture(
                provider, base, "certFile", "server.crt", "keyFile", "server.key", "versions", "TLSv1.3")) {
            TlsClient client = TlsClient.trusting(base.resolve("ca.crt"));

            try (SSLSocket socket = client.connect(listener.port(), "localhost")) {
                assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
            }
            assertThatThrownBy(() -> client.speaking("TLSv1.2").connect(listener.port(), "localhost"))
                    .hasMessageContaining("protocol_version");

            assertThat(listener.server.outcome()).isEqualTo("in");
            assertThat(listener.server.outcome()).isEqualTo("ssl_error");
        }
    }

    @Test
    void givenCiphersInBothNames_whenClientConnects_thenOneOfThem() throws Exception {
        openssl.server("ca", "server", "DNS:localhost");
        try (TlsFixture listener = new TlsFixture(
                provider,
                base,
                "certFile",
                "server.crt",
                "keyFile",
                "server.key",
                "ciphers",
                (provider == Provider.JDK
                                ? "TLS_CHACHA20_POLY1305_SHA256"
                                : "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256")
                        + ":ECDHE-ECDSA-AES256-GCM-SHA384")) {

            assertThat(openssl(listener.port(), "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256".split(" ")))
                    .contains("Cipher is TLS_CHACHA20_POLY1305_SHA256");
            assertThat(openssl(listener.port(), "-tls1_2")).contains("Cipher is ECDHE-ECDSA-AES256-GCM-SHA384");
        }
    }

    @Test
    void givenNothingConfigured_whenClientTrustsTheCertificateThatWasMade_thenItComesIn() throws Exception {
        try (TlsFixture listener = new TlsFixture(provider, base)) {
            TlsClient client = TlsClient.trusting(base.resolve("data/tls/self-signed.crt"));

            assertThat(client.visit(listener.port(), "localhost")).isEqualTo("CN=Marquetry self-signed");
            assertThat(client.visit(listener.port(), "127.0.0.1")).isEqualTo("CN=Marquetry self-signed");
        }
    }

    @Test
    void givenPlainBytes_whenTheyCome_thenNotSsl() throws Exception {
        openssl.server("ca", "server", "DNS:localhost");
        try (TlsFixture listener = new TlsFixture(provider, base, "certFile", "server.crt", "keyFile", "server.key");
                Socket socket = new Socket("127.0.0.1", listener.port())) {

            socket.getOutputStream()
                    .write("\020\014\0\004MQTT\004\002\0\074\0\0".getBytes(StandardCharsets.ISO_8859_1));

            assertThat(listener.server.outcome()).isEqualTo("not_ssl");
            assertThat(listener.count("handshakes.failed")).isEqualTo(1);
        }
    }

    @Test
    void givenPeerThatSaysNothing_whenTimeIsOver_thenTimeout() throws Exception {
        openssl.server("ca", "server", "DNS:localhost");
        try (TlsFixture listener = new TlsFixture(
                        provider,
                        base,
                        "certFile",
                        "server.crt",
                        "keyFile",
                        "server.key",
                        "handshakeTimeoutSeconds",
                        "1");
                Socket socket = new Socket("127.0.0.1", listener.port())) {

            String outcome = listener.server.outcome();

            assertThat(outcome).isEqualTo("ssl_upgrade_timeout");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void givenPeerThatGoes_whenHandshakeIsOpen_thenClosed() throws Exception {
        openssl.server("ca", "server", "DNS:localhost");
        try (TlsFixture listener = new TlsFixture(provider, base, "certFile", "server.crt", "keyFile", "server.key");
                Socket socket = new Socket("127.0.0.1", listener.port())) {

            socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1});
            socket.close();

            assertThat(listener.server.outcome()).isEqualTo("ssl_closed");
        }
    }

    @Test
    void givenClientOfVersion12_whenItNegotiatesAgain_thenItIsRefused() throws Exception {
        openssl.server("ca", "server", "DNS:localhost");
        try (TlsFixture listener = new TlsFixture(provider, base, "certFile", "server.crt", "keyFile", "server.key")) {
            SSLSocket socket = TlsClient.trusting(base.resolve("ca.crt"))
                    .speaking("TLSv1.2")
                    .connect(listener.port(), "localhost");
            assertThat(TlsClient.echo(socket, 1)).isEqualTo(1);

            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        TlsClient.echo(socket, 2);
                    })
                    .isInstanceOf(IOException.class);

            assertThat(listener.server.outcome()).isEqualTo("in");
            assertThat(listener.count("handshakes.full")).isEqualTo(1);
            socket.close();
        }
    }

    private String openssl(int port, String... more) {
        String[] all = new String[more.length + 3];
        all[0] = "s_client";
        all[1] = "-connect";
        all[2] = "127.0.0.1:" + port;
        System.arraycopy(more, 0, all, 3, more.length);
        return OpenSsl.run(base, all);
    }
}
