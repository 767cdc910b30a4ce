// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that are no MQTT end their own connection and nothing else. */
class BadInputTest extends BrokerTest {
    private static final String HTTP = "GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    @AfterEach
    void theBrokerLives() {
        var subscriber = client(Version.V5, "alive");
        subscriber.subscribe(topic("alive"), 1);
        subscriber.publish(topic("alive"), "x", 1);
        subscriber.expectPublish(topic("alive"), "x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00",
                "FFFFFFFFFFFFFFFF",
                "160301020001000001FC0303",
                "10FFFFFF7F",
                "10FFFFFFFFFF",
                "1000",
                "30FFFFFF7F",
                "8500",
                "F000"
            })
    void givenConnection_whenGarbageComes_thenItIsClosed(String bytes) {
        var probe = open(Version.V311);

        probe.sendBytes(hex(bytes));

        probe.expectConnectDropped(0x01);
    }

    @Test
    void givenConnection_whenAnHttpRequestComes_thenItIsClosed() {
        var probe = open(Version.V311);

        probe.sendBytes(HTTP.getBytes(US_ASCII));

        probe.expectClosed();
    }

    @Test
    @OnlyMarquetry
    void givenConnection_whenAnHttpRequestComes_thenTheLogShowsItsFirstBytesInHex() {
        int mark = broker().process().log().mark();

        // Such lines are limited to one a second for all connections, so it may take more than one try.
        Patience.until("a log line with the first bytes in hex", () -> {
            try (Probe probe = broker().open(Version.V311)) {
                probe.sendBytes(HTTP.getBytes(US_ASCII));
                probe.expectClosed();
            }
            return broker().process().log().contains(mark, "(?i)47\\s*45\\s*54\\s*20\\s*2f"); // "GET /"
        });
    }

    @Test
    @OnlyMarquetry
    void givenManyConnections_whenGarbageComes_thenTheLogIsNotFlooded() {
        int mark = broker().process().log().mark();

        for (int i = 0; i < 100; i++) {
            try (Probe probe = broker().open(Version.V311)) {
                probe.sendBytes(HTTP.getBytes(US_ASCII));
                probe.expectClosed();
            }
        }

        assertThat(broker().process().log().since(mark)).hasSizeLessThan(30);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 11, 13, 20})
    void givenConnection_whenItEndsWithinAConnect_thenNothingRemains(int length) {
        var probe = open(Version.V5);

        probe.sendBytes(Arrays.copyOf(connect(id("half")).username("user").encode(Version.V5), length));
        probe.endOutput();

        probe.expectClosed();
    }

    @Test
    void givenClient_whenItEndsWithinAPacket_thenItsWillIsPublished() {
        var watcher = client(Version.V5, "watcher");
        watcher.subscribe(topic("will"), 0);
        var client = client(Version.V5, connect(id("half")).will(topic("will"), "gone", 0, false));

        client.sendBytes(Arrays.copyOf(publish(topic("a"), "x".repeat(100)).encode(Version.V5), 50));
        client.reset();

        watcher.expectPublish(topic("will"), "gone");
    }

    @Test
    @OnlyMarquetry
    void givenClient_whenAPacketLargerThanAllowedIsAnnounced_thenItIsClosedBeforeItsBytesCome() {
        var client = client(Version.V5, "giant");

        client.sendBytes(hex("30 FFFFFF7F"));

        client.expectRefusal(0x95);
    }

    @Test
    void givenManyConnections_whenRandomBytesCome_thenTheBrokerLives() {
        Random random = new Random(20_261_123);
        for (int i = 0; i < 300; i++) {
            try (Probe probe = broker().open(i % 2 == 0 ? Version.V311 : Version.V5)) {
                byte[] bytes = new byte[1 + random.nextInt(200)];
                random.nextBytes(bytes);
                if (i % 3 == 0) {
                    bytes[0] = 0x10;
                }
                probe.sendBytes(bytes);
                if (i % 5 == 0) {
                    probe.reset();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void givenConnectedClients_whenPacketsAreMutated_thenTheBrokerLives(int seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            Version version = List.of(Version.V31, Version.V311, Version.V5).get(random.nextInt(3));
            try (Probe probe = broker().open(version)) {
                probe.connectOk(connect(id("mutant" + i)));
                byte[] packet = packet(random).encode(version);
                packet[random.nextInt(packet.length)] ^= (byte) (1 << random.nextInt(8));
                probe.sendBytes(packet);
                probe.sendBytes((byte) 0xC0, (byte) 0);
            } catch (UncheckedIOException e) {
                assertThat(e).hasMessageContaining("closed"); // by the broker, before it had read everything
            }
        }
    }

    private io.marquetry.itests.support.Outgoing<?> packet(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> publish(topic("m"), "payload").qos(1).id(1);
            case 1 ->
                io.marquetry.itests.support.Packets.subscribe(1)
                        .to(topic("m/+"), 1)
                        .to(topic("n"), 2);
            case 2 -> io.marquetry.itests.support.Packets.unsubscribe(1, topic("m"));
            case 3 -> io.marquetry.itests.support.Packets.pubrel(1);
            default -> connect(id("again")).will(topic("w"), "x", 1, false);
        };
    }
}
