// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static io.marquetry.itests.frontdoor.FrontDoor.Type.SSL;
import static io.marquetry.itests.frontdoor.FrontDoor.Type.WSS;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Certificates.Issued;
import io.marquetry.itests.support.MqttJs;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real programs come by TLS: Mosquitto's clients with certificates, OpenSSL's client with sessions to resume. */
@OnlyMarquetry
class TlsClientsIT {
    private static final String CONNECT = "\\020\\014\\000\\004MQTT\\004\\002\\000\\074\\000\\000";

    @TempDir
    static Path folder;

    private static Certificates certificates;
    private static Issued client;
    private static FrontDoor door;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(Files.createDirectory(folder.resolve("ca")));
        Issued first = certificates.server("first", "localhost", "127.0.0.1");
        Issued second = certificates.server("second", "broker.example.org", "*.plant.example.org");
        client = certificates.client("press-7");
        door = FrontDoor.builder()
                .listener(
                        SSL,
                        "CERT_FILE=" + first.certificate() + "," + second.certificate(),
                        "KEY_FILE=" + first.key() + "," + second.key(),
                        "CA_FILE=" + certificates.ca(),
                        "VERIFY=required",
                        "PEER_CERT_AS_USERNAME=cn",
                        "PEER_CERT_AS_CLIENT_ID=cn")
                .listener(WSS, "CERT_FILE=" + first.certificate(), "KEY_FILE=" + first.key(), "SSL_PROVIDER=jdk")
                .start();
    }

    @AfterAll
    static void stop() {
        door.close();
    }

    private static List<String> mosquitto(String program, Issued own, Object... more) {
        List<String> words = new ArrayList<>(List.of(
                Tool.path(program, "mosquitto-clients"),
                "-h",
                "localhost",
                "-p",
                "" + door.port(SSL),
                "--cafile",
                certificates.ca().toString(),
                "--cert",
                own.certificate().toString(),
                "--key",
                own.key().toString()));
        for (Object word : more) {
            words.add(word.toString());
        }
        return words;
    }

    @ParameterizedTest
    @CsvSource({"mqttv311,tlsv1.3", "mqttv5,tlsv1.2"})
    void givenClientCertificate_whenMosquittoSubscribesAndPublishes_thenItArrivesAndTheNameIsTheCertificates(
            String version, String tls) throws Exception {
        Issued other = certificates.client("writer-" + version);
        try (ConnectedEvents events = new ConnectedEvents(door.broker().port());
                Tool subscriber = Tool.start(mosquitto(
                        "mosquitto_sub",
                        client,
                        "-V",
                        version,
                        "--tls-version",
                        tls,
                        "-t",
                        "press/#",
                        "-q",
                        1,
                        "-C",
                        1,
                        "-i",
                        "ignored",
                        "-u",
                        "ignored"))) {
            assertThat(events.of("press-7").get("username").asText()).isEqualTo("press-7");
            Patience.until(
                    "the subscription",
                    () -> door.shell("mqtt:subscription-list", "--no-format", "press-7")
                            .contains("press/#"));

            Tool.run(
                    folder,
                    Patience.LIMIT,
                    mosquitto(
                            "mosquitto_pub",
                            other,
                            "-V",
                            version,
                            "--tls-version",
                            tls,
                            "-t",
                            "press/7",
                            "-m",
                            "closed",
                            "-q",
                            1));

            assertThat(subscriber.awaitSuccess()).contains("closed");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void givenSessionOfBefore_whenOpensslConnectsAgain_thenItIsResumedAndCounted(String version) throws Exception {
        String session = folder.resolve("session" + version).toString();
        long full = door.value("ssl:default", "handshakes.full");
        long resumed = door.value("ssl:default", "handshakes.resumed");

        List<String> first = openssl("sess_out", session, version);
        List<String> second = openssl("sess_in", session, version);

        assertThat(first).anyMatch(line -> line.startsWith("New, TLSv1."));
        assertThat(second).anyMatch(line -> line.startsWith("Reused, TLSv1."));
        Patience.until("one full handshake more", () -> door.value("ssl:default", "handshakes.full") == full + 1);
        Patience.until(
                "one resumed handshake more", () -> door.value("ssl:default", "handshakes.resumed") == resumed + 1);
    }

    /** With tickets each resumed handshake brings a new one, and the next connection comes with it. */
    @ParameterizedTest
    @ValueSource(strings = {"-no_ticket", "-ign_eof"})
    void givenReconnect_whenOpensslConnectsFiveTimesMore_thenAllAreResumed(String option) throws Exception {
        long resumed = door.value("ssl:default", "handshakes.resumed");

        List<String> lines = shell("echo Q | openssl s_client -reconnect -tls1_2 " + option + " " + where() + own());

        assertThat(lines.stream().filter(line -> line.startsWith("Reused, "))).hasSize(5);
        Patience.until("five more", () -> door.value("ssl:default", "handshakes.resumed") == resumed + 5);
    }

    @ParameterizedTest
    @CsvSource({
        "broker.example.org, broker.example.org",
        "north.plant.example.org, broker.example.org",
        "localhost, localhost",
        "unknown.example.com, localhost"
    })
    void givenSeveralCertificates_whenAServerIsNamed_thenItsCertificateIsShown(String asked, String shown)
            throws Exception {
        List<String> lines = shell("echo Q | openssl s_client -servername " + asked + " " + where() + own());

        assertThat(lines).anyMatch(line -> line.matches("subject=.*CN = " + shown));
    }

    @Test
    void givenNoChoiceOfEngine_whenTlsListenerIsOpen_thenTheNativeOneIsThere() throws Exception {
        String mapped = Files.readString(Path.of("/proc/" + door.broker().pid() + "/maps"));

        assertThat(mapped).contains("libnetty_tcnative_linux");
    }

    @Test
    void givenMqttJs_whenItComesBySecureWebSocket_thenItDoesWhatProgramsDo() throws Exception {
        Path program = MqttJs.install();
        List<String> lines = Tool.run(
                program,
                MqttJs.LIMIT,
                List.of(
                        Tool.path("node", "nodejs"),
                        "secure.mjs",
                        "wss://localhost:" + door.port(WSS) + "/mqtt",
                        certificates.ca().toString(),
                        "5"));

        assertThat(lines).endsWith("all passed");
    }

    private static String where() {
        return "-connect localhost:" + door.port(SSL) + " -CAfile " + certificates.ca();
    }

    private static String own() {
        return " -cert " + client.certificate() + " -key " + client.key() + " 2>&1";
    }

    /** Waits with its goodbye until a ticket of TLS 1.3 has come, which is behind the handshake or with the CONNACK. */
    private static List<String> openssl(String option, String file, String version) throws Exception {
        String connect = "openssl s_client " + version + " -" + option + " " + file + " " + where() + own();
        return shell(
                option.equals("sess_out") && version.equals("-tls1_3")
                        ? "{ printf '" + CONNECT + "'; while ! [ -s " + file
                                + " ]; do sleep 0.05; done; echo Q; } | timeout 10 " + connect
                        : "echo Q | " + connect);
    }

    private static List<String> shell(String line) throws Exception {
        Tool.path("openssl", "openssl");
        return Tool.run(folder, Patience.LIMIT, List.of("sh", "-c", line));
    }
}
