// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrel;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Version;
import org.junit.jupiter.api.Test;

/** Every publish has an accountable fate: the books say what happened here, number for number. */
@OnlyMarquetry
class AccountingTest extends BrokerTest {
    private Accounting books() {
        return Accounting.read(broker().port()).orElseThrow();
    }

    @Test
    void givenNoSubscriber_whenPublished_thenItIsBookedSo() {
        var client = client(Version.V5, "publisher");
        Accounting before = books();

        for (int qos = 0; qos <= 2; qos++) {
            client.publish(topic("nobody"), "x", qos);
        }
        client.ping();

        Accounting after = books();
        assertThat(after.get("received") - before.get("received")).isEqualTo(3);
        assertThat(after.get("no_subscribers") - before.get("no_subscribers")).isEqualTo(3);
        assertThat(after.get("matched") - before.get("matched")).isZero();
    }

    @Test
    void givenTwoSubscribers_whenPublishedAndAcknowledged_thenTwoCopiesAreDelivered() {
        var one = client(Version.V5, "one");
        one.subscribe(topic("a"), 1);
        var two = client(Version.V311, "two");
        two.subscribe(topic("+"), 0);
        var client = client(Version.V5, "publisher");
        Accounting before = books();

        client.publish(topic("a"), "x", 1);
        two.expectPublish(topic("a"), "x");
        var publish = one.expectPublish(topic("a"), "x");

        assertThat(books().get("in_flight") - before.get("in_flight")).isEqualTo(1);
        one.acknowledge(publish);
        one.ping();
        Accounting after = books();
        assertThat(after.get("routed") - before.get("routed")).isEqualTo(1);
        assertThat(after.get("matched") - before.get("matched")).isEqualTo(2);
        assertThat(after.get("in_flight") - before.get("in_flight")).isZero();
    }

    @Test
    void givenQos2_whenThePublishIsSentTwice_thenOneIsADuplicate() {
        var client = client(Version.V5, "publisher");
        Accounting before = books();

        client.send(publish(topic("a"), "x").qos(2).id(1)).expect(Pubrec.class);
        client.send(publish(topic("a"), "x").qos(2).id(1).dup()).expect(Pubrec.class);
        client.send(pubrel(1)).ping();

        Accounting after = books();
        assertThat(after.get("received") - before.get("received")).isEqualTo(2);
        assertThat(after.get("qos2_duplicate") - before.get("qos2_duplicate")).isEqualTo(1);
    }

    @Test
    void givenClientIsAway_whenMessagesWaitAndItsSessionIsDiscarded_thenTheyAreQueuedAndThenDropped() {
        var away = client(Version.V5, connect(id("away")).lasting(60));
        away.subscribe(topic("a"), 1);
        away.disconnect();
        var client = client(Version.V5, "publisher");
        Accounting before = books();

        for (int i = 0; i < 5; i++) {
            client.publish(topic("a"), "m" + i, 1);
        }

        assertThat(books().get("queued") - before.get("queued")).isEqualTo(5);
        client(Version.V5, connect(id("away"))).ping();
        Accounting after = books();
        assertThat(after.get("queued") - before.get("queued")).isZero();
        assertThat(after.get("dropped") - before.get("dropped")).isEqualTo(5);
    }

    @Test
    void givenRetainedMessage_whenSubscribed_thenItsCopyIsBooked() {
        var client = client(Version.V5, "publisher");
        client.publish(publish(topic("a"), "kept").qos(1).retain());
        Accounting before = books();

        client.subscribe(topic("a"), 0);
        client.expectPublish(topic("a"), "kept");

        // Reading the books is itself one copy of the retained kind.
        assertThat(books().get("retained") - before.get("retained")).isEqualTo(2);
    }
}
