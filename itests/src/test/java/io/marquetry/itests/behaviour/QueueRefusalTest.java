// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code queueFull = refuse}: a message that one session cannot hold goes to nobody, and its publisher is told. */
@StartedWith(
        conf = {
            "io.marquetry.core.mqtt:queueFull=refuse",
            "io.marquetry.core.mqtt:maxQueueLength=5",
            "io.marquetry.core.mqtt:refuseHoldSeconds=1"
        })
class QueueRefusalTest extends BrokerTest {
    private Probe publisher;

    /** A session that holds all it can. */
    private void fill(Probe filler) {
        publisher = filler;
        var away = client(Version.V5, connect(id("away")).lasting(60));
        away.subscribe(topic("a"), 1);
        away.disconnect();
        // The full flag is read before a message is handed on: a batch may still pass.
        int refused = 0;
        for (int i = 0; i < 100 && refused == 0; i++) {
            refused = client(Version.V5, "filler" + i).publish(topic("a"), "m" + i, 1);
        }
        assertThat(refused).isEqualTo(0x97);
    }

    @Test
    void givenFullQueue_whenPublishedByVersion5_thenQuotaExceededAndNobodyGetsIt() {
        fill(client(Version.V5, "publisher"));
        var watcher = client(Version.V5, "watcher");
        watcher.subscribe(topic("+"), 1);
        long refused = refusals();

        assertThat(publisher.publish(topic("a"), "refused", 1)).isEqualTo(0x97);
        assertThat(publisher.publish(topic("a"), "refused", 2)).isEqualTo(0x97);

        assertThat(refusals() - refused).isEqualTo(2);
        publisher.publish(topic("b"), "end", 1);
        watcher.expectPublish(topic("b"), "end");
    }

    @Test // PUBREC with a failure ends the exchange: [MQTT-4.3.3-9]
    void givenRefusedQos2_whenItsIdentifierIsUsedAgain_thenItIsANewMessage() {
        fill(client(Version.V5, "publisher"));
        var watcher = client(Version.V5, "watcher");
        watcher.subscribe(topic("+"), 0);

        publisher.send(publish(topic("a"), "refused").qos(2).id(9));
        assertThat(publisher.expect(Pubrec.class).code()).isEqualTo(0x97);
        publisher.send(publish(topic("b"), "new").qos(2).id(9));
        assertThat(publisher.expect(Pubrec.class).code()).isZero();

        watcher.expectPublish(topic("b"), "new");
    }

    @Test
    void givenFullQueue_whenPublishedByVersion311_thenTheAckIsWithheldAndTheConnectionIsClosed() {
        fill(client(Version.V311, "publisher"));
        long start = System.nanoTime();

        publisher.send(publish(topic("a"), "refused").qos(1).id(1));

        publisher.expectClosed(Duration.ofSeconds(8));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(900));
    }

    private long refusals() {
        return Accounting.read(broker().port()).orElseThrow().get("refused_by", "quota_exceeded");
    }
}
