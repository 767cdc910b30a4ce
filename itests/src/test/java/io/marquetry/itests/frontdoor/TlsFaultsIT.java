// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static io.marquetry.itests.frontdoor.FrontDoor.Type.SSL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Certificates.Issued;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Tool;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever comes to the TLS port with the wrong thing is turned away, counted under the right name, and hurts nobody.
 */
@OnlyMarquetry
class TlsFaultsIT {
    @TempDir
    static Path folder;

    private static Certificates certificates;
    private static Certificates strangers;
    private static FrontDoor door;
    private static Probe witness;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(Files.createDirectory(folder.resolve("ca")));
        strangers = Certificates.in(Files.createDirectory(folder.resolve("strangers")));
        Issued server = certificates.server("server", "localhost", "127.0.0.1");
        door = FrontDoor.builder()
                .listener(
                        SSL,
                        "CERT_FILE=" + server.certificate(),
                        "KEY_FILE=" + server.key(),
                        "CA_FILE=" + certificates.ca(),
                        "CRL_FILE=" + certificates.revocations(),
                        "VERIFY=required",
                        "HANDSHAKE_TIMEOUT_SECONDS=2")
                .start();
        witness = Probe.secure(door.port(SSL), Version.V5, certificates.context(certificates.client("witness")));
        witness.connectOk(Packets.connect("witness"));
    }

    @AfterAll
    static void stop() {
        witness.ping(); // was there all the time
        witness.close();
        door.close();
    }

    /** A client that must not get in; TLS 1.3 clients learn of it when they read. */
    private static void assertRefused(SSLContext context, String reason) {
        long before = door.ended("ssl:default", reason);

        assertThatThrownBy(() -> {
                    try (Probe probe = Probe.secure(door.port(SSL), Version.V5, context)) {
                        probe.send(Packets.connect("intruder"));
                        probe.next();
                    }
                })
                .isInstanceOfAny(IOException.class, UncheckedIOException.class, AssertionError.class);

        Patience.until("one more " + reason, () -> door.ended("ssl:default", reason) == before + 1);
    }

    @Test
    void givenNoCertificate_whenOneIsRequired_thenRefused() throws Exception {
        assertRefused(certificates.context(null), "certificate_required");
    }

    @Test
    void givenCertificateOfStrangers_thenRefused() throws Exception {
        Issued stranger = strangers.client("stranger");
        long before = door.ended("ssl:default", "certificate_unknown");

        // A client in Java would keep back what the broker does not ask for.
        List<String> lines = Tool.run(
                folder,
                Patience.LIMIT,
                List.of(
                        "sh",
                        "-c",
                        "sleep 1 | openssl s_client -connect localhost:" + door.port(SSL) + " -cert "
                                + stranger.certificate() + " -key " + stranger.key() + " 2>&1; true"));

        assertThat(String.join("\n", lines)).contains("alert");
        Patience.until("one more", () -> door.ended("ssl:default", "certificate_unknown") == before + 1);
    }

    @Test
    void givenExpiredCertificate_thenRefused() throws Exception {
        assertRefused(certificates.context(certificates.expiredClient("late")), "certificate_expired");
    }

    @Test
    void givenCertificateOfAServer_whenItComesAsAClient_thenRefused() throws Exception {
        Issued serverOnly = certificates.serverOnly("elsewhere", "elsewhere.example.org");

        assertRefused(certificates.context(serverOnly), "certificate_unknown");
    }

    @Test
    void givenClientThatWasIn_whenItsCertificateIsRevoked_thenItDoesNotGetInAgainEvenByItsOldSession()
            throws Exception {
        Issued thief = certificates.client("thief");
        SSLContext context = certificates.context(thief); // keeps the session for the next connection
        try (Probe probe = Probe.secure(door.port(SSL), Version.V5, context)) {
            probe.connectOk(Packets.connect("thief"));
            probe.disconnect();
        }
        int mark = door.broker().log().mark();

        certificates.revoke(thief);
        certificates.revocations();

        door.broker().log().await(mark, "listener ssl:default shows"); // the files were read again
        assertRefused(context, "certificate_revoked");
    }

    @Test
    void givenPlainMqtt_whenItComesToTheTlsPort_thenClosedAndCounted() {
        long before = door.ended("ssl:default", "not_ssl");

        try (Probe probe = Probe.open(door.port(SSL), Version.V311)) {
            probe.send(Packets.connect("plain"));
            probe.expectClosed();
        }

        Patience.until("one more", () -> door.ended("ssl:default", "not_ssl") == before + 1);
    }

    @Test
    void givenTls_whenItComesToThePlainPort_thenClosedAndCounted() {
        long before = door.ended("tcp:default", "frame_error");

        assertThatThrownBy(() -> Probe.secure(door.broker().port(), Version.V311, certificates.context(null)))
                .isInstanceOf(IOException.class);

        Patience.until("one more", () -> door.ended("tcp:default", "frame_error") == before + 1);
    }

    @Test
    void givenHandshakeThatStops_whenItsTimeIsOver_thenClosedAndCounted() {
        long before = door.ended("ssl:default", "ssl_upgrade_timeout");

        try (Probe silent = Probe.open(door.port(SSL), Version.V311);
                Probe half = Probe.open(door.port(SSL), Version.V311)) {
            half.sendBytes((byte) 0x16, (byte) 3, (byte) 1, (byte) 2, (byte) 0, (byte) 1);

            silent.expectClosed();
            half.expectClosed();
        }

        Patience.until("two more", () -> door.ended("ssl:default", "ssl_upgrade_timeout") == before + 2);
    }

    @Test
    void givenClient_whenItRenegotiates_thenItIsCutOffAndTheOthersAreNot() throws Exception {
        Issued own = certificates.client("renegotiator");
        List<String> lines = Tool.run(
                folder,
                Patience.LIMIT,
                List.of(
                        "sh",
                        "-c",
                        "{ echo R; sleep 2; echo still here; sleep 1; } | openssl s_client -tls1_2 -connect localhost:"
                                + door.port(SSL) + " -cert " + own.certificate() + " -key " + own.key()
                                + " 2>&1; true"));

        assertThat(lines).anyMatch(line -> line.contains("RENEGOTIATING"));
        assertThat(String.join("\n", lines)).containsAnyOf("alert", "no renegotiation", "error:");
        witness.ping();
    }
}
