// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.transport.tls.TlsSettings.Provider;
import io.netty.util.LeakPresenceDetector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that go on, seen from openssl's client and from ours. */
@ParameterizedClass
@EnumSource(value = Provider.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
class TlsResumptionTest {
    @Parameter
    private Provider provider;

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
        List<String> pairs = new ArrayList<>(List.of("certFile", "server.crt", "keyFile", "server.key"));
        pairs.addAll(List.of(more));
        return new TlsFixture(provider, base, pairs.toArray(String[]::new));
    }

    /** Six connections, of which the last five may go on with the session of the first. */
    private String reconnect(TlsFixture listener, String words) throws InterruptedException {
        String output = openssl.must("s_client -connect 127.0.0.1:" + listener.port() + " -reconnect " + words);
        for (int i = 0; i < 6; i++) {
            assertThat(listener.server.outcome()).isEqualTo("in");
        }
        return output;
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_2 -no_ticket"})
    void givenClientOfVersion12_whenItReconnects_thenSessionsAreResumed(String words) throws Exception {
        try (TlsFixture listener = listener()) {

            String output = reconnect(listener, words);

            assertThat(output.split("Reused, TLSv1.2", -1)).hasSize(6);
            assertThat(listener.count("handshakes.full")).isEqualTo(1);
            assertThat(listener.count("handshakes.resumed")).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_2 -no_ticket"})
    void givenReuseIsOff_whenClientOfVersion12Reconnects_thenEveryHandshakeIsFull(String words) throws Exception {
        try (TlsFixture listener = listener("reuseSessions", "false")) {

            String output = reconnect(listener, words);

            assertThat(output).contains("New, TLSv1.2").doesNotContain("Reused");
            assertThat(listener.count("handshakes.full")).isEqualTo(6);
            assertThat(listener.count("handshakes.resumed")).isZero();
        }
    }

    @Test
    void givenTicketOfVersion13_whenClientComesWithIt_thenResumed() throws Exception {
        try (TlsFixture listener = listener()) {

            String first = openssl.visit(listener.port(), "-tls1_3 -sess_out session.pem");
            String second = openssl.visit(listener.port(), "-tls1_3 -sess_in session.pem");

            assertThat(first).contains("New, TLSv1.3");
            assertThat(second).contains("Reused, TLSv1.3");
            assertThat(listener.count("handshakes.full")).isEqualTo(1);
            assertThat(listener.count("handshakes.resumed")).isEqualTo(1);
        }
    }

    @Test
    void givenReuseIsOff_whenClientOfVersion13Comes_thenItGetsNoTicket() throws Exception {
        try (TlsFixture listener = listener("reuseSessions", "false")) {

            String first = openssl.visit(listener.port(), "-tls1_3 -sess_out session.pem");

            assertThat(first).contains("New, TLSv1.3");
            assertThat(Files.exists(base.resolve("session.pem"))).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, true", "TLSv1.3, true", "TLSv1.2, false", "TLSv1.3, false"})
    void givenOurOwnClient_whenItComesAgain_thenResumedUnlessSwitchedOff(String version, boolean reuse)
            throws Exception {
        try (TlsFixture listener = listener("reuseSessions", Boolean.toString(reuse))) {
            TlsClient client = TlsClient.trusting(base.resolve("ca.crt")).speaking(version);

            client.visit(listener.port(), "localhost");
            client.visit(listener.port(), "localhost");

            assertThat(listener.count("handshakes.resumed")).isEqualTo(reuse ? 1 : 0);
            assertThat(listener.count("handshakes.full")).isEqualTo(reuse ? 1 : 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_2 -no_ticket", "-tls1_3"})
    void givenSessionOfBefore_whenCertificatesWereReplaced_thenItIsVoid(String words) throws Exception {
        try (TlsFixture listener = listener()) {
            openssl.visit(listener.port(), words + " -sess_out session.pem");
            openssl.server("ca", "server", "DNS:localhost");
            listener.lookTwice();

            String second = openssl.visit(listener.port(), words + " -sess_in session.pem");

            assertThat(second).contains("New, TLSv1").doesNotContain("Reused");
            assertThat(listener.count("handshakes.full")).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void givenResumedSession_whenItHadACertificate_thenItsNamesAreKnown(String version) throws Exception {
        openssl.client("ca", "device", Duration.ofDays(30));
        try (TlsFixture listener = listener("caFile", "ca.crt", "verify", "required")) {
            TlsClient client = TlsClient.showing(
                            base.resolve("ca.crt"), base.resolve("device.crt"), base.resolve("device.key"))
                    .speaking(version);

            client.visit(listener.port(), "localhost");
            client.visit(listener.port(), "localhost");

            assertThat(listener.server.outcome()).isEqualTo("in device CN=device");
            assertThat(listener.server.outcome()).isEqualTo("in device CN=device");
            assertThat(listener.count("handshakes.resumed")).isEqualTo(1);
        }
    }
}
