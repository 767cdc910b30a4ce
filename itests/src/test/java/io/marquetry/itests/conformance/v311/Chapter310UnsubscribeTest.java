// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.raw;
import static io.marquetry.itests.support.Packets.subscribe;
import static io.marquetry.itests.support.Packets.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Unsuback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.10 UNSUBSCRIBE and 3.11 UNSUBACK. */
class Chapter310UnsubscribeTest extends V311Test {
    @ParameterizedTest // [MQTT-3.10.1-1]
    @ValueSource(ints = {0xA0, 0xA1, 0xA3, 0xAF})
    void givenClient_whenFlagsAreWrong_thenItIsClosed(int firstByte) {
        var client = client("flags");

        client.send(unsubscribe(1, topic("a")).firstByte(firstByte));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.10.3-1]
    @ValueSource(strings = {"A207 0001 0003 EDA080", "A206 0001 0002 C080"})
    void givenClient_whenFilterIsNotUtf8_thenItIsClosed(String packet) {
        var client = client("utf8");

        client.sendBytes(hex(packet));

        client.expectClosed();
    }

    @Test // [MQTT-3.10.3-2]
    void givenClient_whenThereIsNoFilter_thenItIsClosed() {
        var client = client("empty");

        client.send(raw(0xA2, hex("0001")));

        client.expectClosed();
    }

    @Test // [MQTT-3.10.4-1] [MQTT-3.10.4-2]
    void givenSubscriptions_whenOneIsUnsubscribed_thenOnlyThatOneIsDeleted() {
        var client = client("leaves");
        client.subscribe(subscribe(1).to(topic("a/+"), 0).to(topic("a/b"), 0));

        client.unsubscribe(topic("a/+"));

        client.publish(topic("a/c"), "x", 0);
        client.publish(topic("a/b"), "y", 0);
        client.expectPublish(topic("a/b"), "y");
    }

    @Test // [MQTT-3.10.4-3]
    void givenMessageInFlight_whenUnsubscribed_thenItsDeliveryIsCompleted() {
        var client = client("flight");
        client.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "started", 2);
        Publish publish = client.expectPublish(topic("a"), "started");

        client.unsubscribe(topic("a"));

        client.acknowledge(publish);
        client.expectNothing();
    }

    @Test // [MQTT-3.10.4-3]
    void givenMessageInFlight_whenUnsubscribedAndReconnected_thenItIsSentAgain() {
        var before = client(connect(id("again")).resume());
        before.subscribe(topic("a"), 1);
        client("publisher").publish(topic("a"), "started", 1);
        before.expectPublish(topic("a"), "started");
        before.unsubscribe(topic("a"));
        before.drop();

        var after = client(connect(id("again")).resume());

        after.acknowledge(after.expectPublish(topic("a"), "started"));
    }

    @Test // [MQTT-3.10.4-4] [MQTT-3.10.4-5]
    void givenNoSubscription_whenUnsubscribing_thenUnsubackHasItsIdentifier() {
        var client = client("none");

        client.send(unsubscribe(4321, topic("never")));

        assertThat(client.expect(Unsuback.class).id()).isEqualTo(4321);
    }

    @Test // [MQTT-3.10.4-6]
    void givenManyFilters_whenUnsubscribed_thenOneUnsubackComesAndAllAreDeleted() {
        var client = client("many");
        client.subscribe(subscribe(1).to(topic("a"), 0).to(topic("b"), 0).to(topic("c"), 0));

        client.unsubscribe(topic("a"), topic("never"), topic("c"));

        client.publish(topic("a"), "x", 0);
        client.publish(topic("c"), "x", 0);
        client.publish(topic("b"), "y", 0);
        client.expectPublish(topic("b"), "y");
        client.expectNothing();
    }
}
