// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** 4.1 Session state and 4.2 Network connections. */
class Chapter41SessionStateTest extends V5Test {
    @Test // [MQTT-4.1.0-1]
    void givenOpenConnection_whenTheExpiryPasses_thenTheSessionStays() {
        var client = client(connect(id("open")).lasting(1));
        client.subscribe(topic("a"), 1);

        assertThat(client.isClosedWithin(Duration.ofMillis(2200))).isFalse();

        client("publisher").publish(topic("a"), "still here", 1);
        client.expectPublish(topic("a"), "still here");
    }

    @Test // [MQTT-4.1.0-2]
    void givenSession_whenItsExpiryHasPassed_thenItsMessagesAreGone() {
        var before = client(connect(id("gone")).lasting(1));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        client("publisher").publish(topic("a"), "late", 1);
        assertThat(client("clock").isClosedWithin(Duration.ofMillis(2200))).isFalse();

        var after = open();
        assertThat(after.connectOk(connect(id("gone")).lasting(1)).sessionPresent())
                .isFalse();

        after.expectNothing();
    }

    @Test // [MQTT-4.2.0-1]
    void givenStreamOfPackets_whenItArrivesInPiecesOfAnySize_thenEveryMessageIsWhole() {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("#"), 0);
        var publisher = client("publisher");
        Random random = new Random(42);
        var stream = io.marquetry.itests.support.Bytes.bytes();
        for (int i = 0; i < 300; i++) {
            stream.raw(publish(topic("p"), i + ":" + "x".repeat(random.nextInt(400)))
                    .encode(Version.V5));
        }
        byte[] bytes = stream.toArray();

        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(700));
            publisher.sendBytes(java.util.Arrays.copyOfRange(bytes, from, to));
            from = to;
        }

        for (int i = 0; i < 300; i++) {
            assertThat(subscriber.expect(Publish.class).text()).startsWith(i + ":");
        }
    }
}
