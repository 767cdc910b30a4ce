// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static io.marquetry.itests.frontdoor.FrontDoor.Type.SSL;
import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Certificates.Issued;
import io.marquetry.itests.support.Distribution;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Tool;
import io.marquetry.itests.support.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are accepted by the certificate that their listener has checked. */
@OnlyMarquetry
class CertificateAuthIT {
    private static final int BAD_USER_NAME_OR_PASSWORD = 0x86;

    @Test
    void givenCertificate_whenItsClientConnects_thenOnlyUnderTheNameInIt(@TempDir Path folder) throws Exception {
        Certificates certificates = Certificates.in(folder);
        Issued server = certificates.server("first", "localhost", "127.0.0.1");
        Issued own = certificates.client("press-7");
        try (FrontDoor door = FrontDoor.builder()
                .listener(
                        SSL,
                        "CERT_FILE=" + server.certificate(),
                        "KEY_FILE=" + server.key(),
                        "CA_FILE=" + certificates.ca(),
                        "VERIFY=optional")
                .start()) {
            BrokerProcess broker = door.broker();
            int mark = broker.log().mark();
            Files.copy(
                    Distribution.home().resolve("extensions/marquetry-auth-certificate.jar"),
                    broker.base().resolve("deploy/marquetry-auth-certificate.jar"));
            broker.log().await(mark, "authenticator of io.marquetry.auth.certificate is in force");

            assertThat(publish(door, certificates, own, "press-7")).isZero();
            assertThat(publish(door, certificates, own, "press-8")).isNotZero();
            try (Probe probe = Probe.open(broker.port(), Version.V5)) {
                probe.send(connect("no-certificate").username("press-7"));
                assertThat(probe.await(Connack.class).code()).isEqualTo(BAD_USER_NAME_OR_PASSWORD);
            }
        }
    }

    private static int publish(FrontDoor door, Certificates certificates, Issued own, String name) throws Exception {
        try (Tool tool = Tool.start(List.of(
                Tool.path("mosquitto_pub", "mosquitto-clients"),
                "-h",
                "localhost",
                "-p",
                Integer.toString(door.port(SSL)),
                "--cafile",
                certificates.ca().toString(),
                "--cert",
                own.certificate().toString(),
                "--key",
                own.key().toString(),
                "-u",
                name,
                "-t",
                "press/7",
                "-m",
                "on",
                "-q",
                "1"))) {
            return tool.awaitExit();
        }
    }
}
