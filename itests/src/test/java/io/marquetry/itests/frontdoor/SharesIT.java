// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static io.marquetry.itests.frontdoor.FrontDoor.Type.SSL;
import static io.marquetry.itests.frontdoor.FrontDoor.Type.WS;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Tool;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one client, all clients of a listener, and all of the node may take; and keys of TLS and WebSocket. */
@OnlyMarquetry
class SharesIT {
    private static final int NO_MATCHING_SUBSCRIBERS = 0x10;
    private static final int SERVER_BUSY = 0x89;
    private static final int QUOTA_EXCEEDED = 0x97;
    private static final int MANY = 100;

    private final List<Probe> probes = new ArrayList<>();

    @AfterEach
    void closeProbes() {
        probes.forEach(Probe::close);
    }

    private Probe client(int port, String id) {
        Probe probe = Probe.open(port, Version.V5);
        probes.add(probe);
        probe.connectOk(Packets.connect(id));
        return probe;
    }

    @Test
    void givenClientThatTakesNothing_whenItsQueueIsLongerThanItMayBe_thenItsSessionIsEndedAndCounted() {
        try (FrontDoor door = FrontDoor.builder()
                .env("MARQUETRY_MQTT__FORCE_SHUTDOWN_QUEUE_LENGTH=10")
                .env("MARQUETRY_MQTT__MAX_INFLIGHT=1")
                .start()) {
            door.broker().log().allow("maximum heap size reached");
            int port = door.broker().port();
            Probe greedy = client(port, "greedy");
            greedy.subscribe("t", 1);
            Probe publisher = client(port, "publisher");

            // It acknowledges nothing, so one is in flight and ten more are too many.
            for (int i = 0; i < 11; i++) {
                publisher.publish("t", "m" + i, 1);
            }

            Patience.until("it to be counted", () -> door.ended("tcp:default", "mailbox_overflow") == 1);
            door.broker().log().await(0, "maximum heap size reached.*forceShutdownQueueLength.*client=greedy");
            publisher.ping();
            assertThat(door.shell("mqtt:client-info", "greedy")).contains("there is no session");
        }
    }

    @Test
    void givenNodeThatHoldsAsMuchAsItMay_whenMoreComes_thenItIsRefusedUntilThereIsRoomAgain() {
        try (FrontDoor door = FrontDoor.builder()
                .env("MARQUETRY_MQTT__NODE_HIGH_WATER_BYTES=2000000")
                .start()) {
            door.broker().log().allow("busy");
            int port = door.broker().port();
            Probe owner = client(port, "owner");
            Probe publisher = client(port, "publisher");
            String large = "x".repeat(100_000);

            int kept = 0;
            while (publisher.publish(
                            Packets.publish("kept/" + kept, large).qos(1).retain())
                    < 0x80) {
                kept++;
                assertThat(kept).isLessThan(MANY);
            }

            Probe late = Probe.open(port, Version.V5);
            probes.add(late);
            late.send(Packets.connect("late"));
            late.expectConnectRefused(SERVER_BUSY);
            assertThat(owner.publish("other", "m", 1)).isEqualTo(QUOTA_EXCEEDED);
            owner.ping();
            assertThat(door.ended("tcp:default", "server_busy")).isEqualTo(1);

            for (int i = 0; i < kept; i++) {
                publisher.publish(Packets.publish("kept/" + i, "").qos(1).retain());
            }
            Patience.until("room again", () -> owner.publish("other", "m", 1) == NO_MATCHING_SUBSCRIBERS);
            client(port, "welcome").ping();
        }
    }

    @Test
    void givenRatesInBytesAndOfAll_whenMoreIsPublished_thenSocketsAreNotReadAndNothingIsLost() {
        int bytes = BrokerProcess.freePort();
        int total = BrokerProcess.freePort();
        try (FrontDoor door = FrontDoor.builder()
                .env("MARQUETRY_LISTENERS__TCP__BYTES__BIND=127.0.0.1:" + bytes)
                .env("MARQUETRY_LISTENERS__TCP__BYTES__BYTES_RATE=50KB/s")
                .env("MARQUETRY_LISTENERS__TCP__TOTAL__BIND=127.0.0.1:" + total)
                .env("MARQUETRY_LISTENERS__TCP__TOTAL__TOTAL_MESSAGES_RATE=100/s")
                .start()) {
            int port = door.broker().port();
            Probe reader = client(port, "reader");
            reader.subscribe("r/#", 0);

            long before = paused(door);
            send(client(bytes, "heavy"), "r/heavy", "x".repeat(1000));
            assertAllArrive(reader, "r/heavy");
            long byBytes = paused(door);
            send(client(total, "one"), "r/one", "");
            send(client(total, "two"), "r/two", "");
            assertAllArrive(reader, "r/one", "r/two");

            assertThat(byBytes).isGreaterThan(before);
            assertThat(paused(door)).isGreaterThan(byBytes);
            Accounting.assertBalanced(port);
        }
    }

    private static void send(Probe publisher, String topic, String payload) {
        for (int i = 0; i < MANY; i++) {
            publisher.send(Packets.publish(topic, i + ":" + payload));
        }
    }

    /** In order, of each topic. */
    private static void assertAllArrive(Probe reader, String... topics) {
        int[] next = new int[topics.length];
        for (int i = 0; i < topics.length * MANY; i++) {
            Publish publish = reader.expect(Publish.class, java.time.Duration.ofSeconds(30));
            int which = List.of(topics).indexOf(publish.topic());
            assertThat(publish.text()).startsWith(next[which]++ + ":");
        }
    }

    private static long paused(FrontDoor door) {
        return Long.parseLong(door.shell("mqtt:metrics", "--no-format", "packets.read.paused")
                .strip()
                .replaceFirst(".*\t", ""));
    }

    @Test
    void givenUserNamesForIdentifiers_whenClientsConnect_thenTheyAreKnownByThem() {
        try (FrontDoor door = FrontDoor.builder()
                .env("MARQUETRY_MQTT__USE_USERNAME_AS_CLIENTID=true")
                .start()) {
            Probe probe = Probe.open(door.broker().port(), Version.V5);
            probes.add(probe);
            probe.connectOk(Packets.connect("anything").username("meter-7"));

            assertThat(door.shell("mqtt:client-list", "--no-format"))
                    .contains("meter-7\tmeter-7")
                    .doesNotContain("anything");
        }
    }

    @Test
    void givenEncryptedKeyOneVersionAndNoResumption_whenOpensslConnects_thenItIsSo(@TempDir Path folder)
            throws Exception {
        openssl(folder, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:open -out key.pem");
        openssl(folder, "req -x509 -key key.pem -passin pass:open -subj /CN=localhost -days 30 -out certificate.pem");
        try (FrontDoor door = FrontDoor.builder()
                .listener(
                        SSL,
                        "CERT_FILE=" + folder.resolve("certificate.pem"),
                        "KEY_FILE=" + folder.resolve("key.pem"),
                        "KEY_PASSWORD=open",
                        "VERSIONS=TLSv1.2",
                        "CIPHERS=ECDHE-ECDSA-AES128-GCM-SHA256",
                        "REUSE_SESSIONS=false")
                .start()) {
            String connect = "s_client -connect 127.0.0.1:" + door.port(SSL) + " -CAfile certificate.pem";

            assertThat(openssl(folder, connect + " -reconnect"))
                    .contains("Verify return code: 0 (ok)")
                    .contains("New, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256")
                    .doesNotContain("Reused");
            assertThat(openssl(folder, connect + " -tls1_3")).contains("alert protocol version");
            assertThat(door.value("ssl:default", "handshakes.resumed")).isZero();
            assertThat(door.value("ssl:default", "handshakes.full")).isEqualTo(6);
            assertThat(door.value("ssl:default", "certificate.expires_at"))
                    .isGreaterThan(System.currentTimeMillis() / 1000);
        }
    }

    private static String openssl(Path folder, String arguments) throws Exception {
        Tool.path("openssl", "openssl");
        return String.join(
                "\n",
                Tool.run(
                        folder,
                        Patience.LIMIT,
                        List.of("sh", "-c", "openssl " + arguments + " </dev/null 2>&1; true")));
    }

    @Test
    void givenCompression_whenAClientAsksForIt_thenOnlyWhereItIsOnItGetsIt() throws IOException {
        String asks = "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";
        try (FrontDoor with = FrontDoor.builder().listener(WS, "COMPRESS=true").start();
                RawWebSocket socket = RawWebSocket.open(with.port(WS), "/mqtt", asks)) {
            assertThat(socket.response()).containsIgnoringCase("sec-websocket-extensions: permessage-deflate");
        }
        try (FrontDoor without = FrontDoor.builder().listener(WS).start();
                RawWebSocket socket = RawWebSocket.open(without.port(WS), "/mqtt", asks)) {
            assertThat(socket.response()).contains("101").doesNotContainIgnoringCase("sec-websocket-extensions");
        }
    }
}
