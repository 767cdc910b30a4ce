// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HAProxy in front: it ends TLS, asks for certificates, and tells by the PROXY protocol whose connection it is. */
@OnlyMarquetry
class HaproxyIT {
    @TempDir
    static Path folder;

    private static Certificates certificates;
    private static FrontDoor door;
    private static Proxy haproxy;
    private static int behind;
    private static int tls;
    private static int v1;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(Files.createDirectory(folder.resolve("ca")));
        Certificates.Issued server = certificates.server("server", "localhost", "127.0.0.1");
        Path pem = Files.writeString(
                folder.resolve("server.pem"),
                Stream.of(server.certificate(), server.key())
                        .map(HaproxyIT::read)
                        .reduce("", String::concat));
        behind = BrokerProcess.freePort();
        tls = BrokerProcess.freePort();
        v1 = BrokerProcess.freePort();
        door = FrontDoor.builder()
                .env("MARQUETRY_LISTENERS__TCP__BEHIND__BIND=127.0.0.1:" + behind)
                .env("MARQUETRY_LISTENERS__TCP__BEHIND__PROXY_PROTOCOL=true")
                .env("MARQUETRY_LISTENERS__TCP__BEHIND__PEER_CERT_AS_USERNAME=cn")
                .start();
        haproxy = Proxy.haproxy(folder, tls, """
                listen tls
                    bind 127.0.0.1:%d ssl crt %s ca-file %s verify optional
                    server broker 127.0.0.1:%d send-proxy-v2-ssl-cn
                listen v1
                    bind 127.0.0.1:%d
                    server broker 127.0.0.1:%d send-proxy
                """.formatted(tls, pem, certificates.ca(), behind, v1, behind));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        haproxy.close();
        door.close();
    }

    @Test
    void givenTlsEndsAtTheProxy_whenAClientPresentsACertificate_thenItsNameAndAddressArrive() throws Exception {
        try (ConnectedEvents events = new ConnectedEvents(door.broker().port());
                Probe client = Probe.secure(tls, Version.V5, certificates.context(certificates.client("press-7")))) {

            client.connectOk(Packets.connect("seven").username("somebody"));

            JsonNode event = events.of("seven");
            assertThat(event.get("username").asText()).isEqualTo("press-7");
            assertThat(event.get("ipaddress").asText()).isEqualTo("127.0.0.1");
            assertThat(door.shell("mqtt:client-info", "seven")).contains(":" + client.localPort());
            client.subscribe("press/#", 1);
            client.publish("press/7", "closed", 1);
            client.await(Publish.class);
        }
    }

    @Test
    void givenTlsEndsAtTheProxy_whenAClientHasNoCertificate_thenItKeepsItsUserName() throws Exception {
        try (ConnectedEvents events = new ConnectedEvents(door.broker().port());
                Probe client = Probe.secure(tls, Version.V311, certificates.context(null))) {

            client.connectOk(Packets.connect("plain").username("ada"));

            assertThat(events.of("plain").get("username").asText()).isEqualTo("ada");
        }
    }

    @Test
    void givenProxyProtocolV1_whenAClientConnects_thenItsOwnPortIsKnown() {
        try (Probe client = Probe.open(v1, Version.V311)) {

            client.connectOk(Packets.connect("first"));

            assertThat(door.shell("mqtt:client-info", "first")).contains("127.0.0.1:" + client.localPort());
        }
    }

    @Test
    void givenListenerBehindAProxy_whenAClientGoesRoundIt_thenItIsRefusedAndCounted() {
        try (Probe client = Probe.open(behind, Version.V311)) {

            client.send(Packets.connect("direct"));

            client.expectClosed();
        }
        assertThat(door.ended("tcp:behind", "proxy_protocol_error")).isPositive();
    }
}
