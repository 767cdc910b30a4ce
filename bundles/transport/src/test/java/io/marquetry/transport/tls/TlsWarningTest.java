// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.transport.TestTally;
import io.marquetry.transport.tls.TlsSettings.Provider;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When it is said that a certificate ends. */
class TlsWarningTest {
    private final PrintStream terminal = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @TempDir
    private Path base;

    @AfterEach
    void giveBack() {
        System.setErr(terminal);
    }

    private static TlsSettings settings() {
        return TlsFixture.settings(Provider.JDK, "certFile", "server.crt", "keyFile", "server.key");
    }

    @ParameterizedTest
    @CsvSource({"397, 30, days", "90, 22, days", "47, 11, days", "7, 41, hours"})
    void givenCertificateOfSomeDays_whenTheLastQuarterOfItOrMonthBegins_thenWarned(int days, int left, String unit)
            throws Exception {
        OpenSsl openssl = new OpenSsl(base);
        openssl.must("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -days " + days
                + " -keyout server.key -out server.crt");
        X509Certificate certificate =
                Pem.certificates(base.resolve("server.crt"), "a certificate").get(0);
        Instant end = certificate.getNotAfter().toInstant();
        Duration quarter = Duration.ofDays(days).dividedBy(4);
        Duration before = quarter.compareTo(Duration.ofDays(30)) < 0 ? quarter : Duration.ofDays(30);

        try (Credentials credentials = Credentials.read(settings(), base)) {
            assertThat(credentials.warnings(end.minus(before))).isEmpty();
            assertThat(credentials.warnings(end.minus(before).plusSeconds(1)))
                    .singleElement()
                    .asString()
                    .startsWith("the certificate CN=server expires at " + end + ", in ")
                    .contains(", in " + (before.equals(Duration.ofDays(30)) ? left - 1 : left) + " " + unit + ":");
        }
    }

    @Test
    void givenCertificateThatEndsSoon_whenDaysGoBy_thenItIsSaidOnceADay() throws Exception {
        new OpenSsl(base)
                .authority("ca")
                .issue("ca", "server", "ec -pkeyopt ec_paramgen_curve:P-256", "keyUsage=digitalSignature", life());
        MovableClock clock = new MovableClock();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));

        try (Tls tls = new Tls("ssl:test", settings(), base, new TestTally(), clock)) {
            assertThat(said()).isZero();
            for (int hour = 0; hour < 24 * 6; hour++) {
                clock.move(Duration.ofHours(hour));
                tls.look();
            }
            // It begins on the second day, 30 days before the end.
            assertThat(said()).isEqualTo(5);
            clock.move(Duration.ofDays(32));
            tls.look();
            tls.look();
        }

        assertThat(said()).isEqualTo(5);
        assertThat(log.toString(StandardCharsets.UTF_8)).containsOnlyOnce("has expired at");
    }

    private static Duration life() {
        return Duration.ofDays(31);
    }

    private int said() {
        return log.toString(StandardCharsets.UTF_8).split("expires at", -1).length - 1;
    }
}
