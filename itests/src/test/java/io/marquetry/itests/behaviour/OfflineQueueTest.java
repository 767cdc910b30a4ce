// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The queue of a session whose client is away: bounded by number and by bytes, the oldest dropped, and counted. */
@OnlyMarquetry
class OfflineQueueTest extends BrokerTest {
    @ParameterizedTest
    @EnumSource
    void givenClientIsAway_whenMoreMessagesComeThanTheQueueHolds_thenTheOldestAreDroppedAndCounted(Version version) {
        var before = client(version, connect(id("away")).lasting(60));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        long dropped = droppedByFullQueues();
        var publisher = client(Version.V5, "publisher");

        for (int i = 0; i < 1010; i++) {
            assertThat(publisher.publish(topic("a"), "m" + i, 1)).isZero();
        }

        // An acknowledgement means that the queue's loop has the message in its mailbox; CONNECT comes behind it.
        var after = client(version, connect(id("away")).lasting(60));
        assertThat(droppedByFullQueues() - dropped).isEqualTo(10);
        for (int i = 10; i < 1010; i++) {
            Publish publish = after.expectPublish(topic("a"), "m" + i);
            after.acknowledge(publish);
        }
        after.expectNothing();
    }

    @Test
    void givenClientIsAway_whenMoreBytesComeThanTheQueueHolds_thenTheOldestAreDropped() {
        var before = client(Version.V5, connect(id("bytes")).lasting(60));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        long dropped = droppedByFullQueues();
        var publisher = client(Version.V5, "publisher");
        byte[] payload = new byte[1_000_000];

        for (int i = 0; i < 20; i++) {
            payload[0] = (byte) i;
            publisher.publish(publish(topic("a"), payload).qos(1));
        }

        var after = client(Version.V5, connect(id("bytes")).lasting(60));
        // 16 MiB hold at most sixteen of these.
        long gone = droppedByFullQueues() - dropped;
        assertThat(gone).isBetween(4L, 6L);
        for (int i = (int) gone; i < 20; i++) {
            Publish publish = after.expect(Publish.class);
            assertThat(publish.payload()[0]).isEqualTo((byte) i);
            after.acknowledge(publish);
        }
        after.expectNothing();
    }

    @Test
    void givenClientIsAway_whenQos0IsPublished_thenItWaitsAsWell() {
        var before = client(Version.V5, connect(id("qos0")).lasting(60));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        Probe publisher = client(Version.V5, "publisher");
        publisher.publish(topic("a"), "zero", 0);
        publisher.publish(topic("a"), "one", 1);

        var after = client(Version.V5, connect(id("qos0")).lasting(60));

        assertThat(after.expectPublish(topic("a"), "zero").qos()).isZero();
        after.expectPublish(topic("a"), "one");
    }

    private long droppedByFullQueues() {
        return Accounting.read(broker().port()).orElseThrow().get("dropped_by", "queue_full");
    }
}
