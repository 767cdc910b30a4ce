// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.raw;
import static io.marquetry.itests.support.Packets.subscribe;
import static io.marquetry.itests.support.Packets.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Unsuback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.10 UNSUBSCRIBE. */
class Chapter310UnsubscribeTest extends V5Test {
    @ParameterizedTest // [MQTT-3.10.1-1]
    @ValueSource(ints = {0xA0, 0xA1, 0xA3, 0xA6, 0xAF})
    void givenClient_whenFlagsAreWrong_thenMalformedPacket(int firstByte) {
        var client = client("flags");

        client.send(unsubscribe(1, topic("a")).firstByte(firstByte));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-3.10.3-1]
    @ValueSource(strings = {"A208 0001 00 0003 EDA080", "A207 0001 00 0002 C080", "A207 0001 00 0002 6100"})
    void givenClient_whenFilterIsNotUtf8_thenMalformedPacket(String packet) {
        var client = client("utf8");

        client.sendBytes(hex(packet));

        client.expectRefusal(0x81);
    }

    @Test // [MQTT-3.10.3-2]
    void givenClient_whenThereIsNoFilter_thenProtocolError() {
        var client = client("empty");

        client.send(raw(0xA2, hex("0001 00")));

        client.expectRefusal(0x82, 0x81);
    }

    @Test // [MQTT-3.10.4-1] [MQTT-3.10.4-2]
    void givenSubscription_whenUnsubscribed_thenNoNewMessageComes() {
        var client = client("leaves");
        client.subscribe(topic("a"), 1);

        assertThat(client.unsubscribe(topic("a")).codes()).containsExactly(0);

        client("publisher").publish(topic("a"), "x", 1);
        client.expectNothing();
    }

    @Test // [MQTT-3.10.4-1]
    void givenSimilarSubscriptions_whenOneIsUnsubscribed_thenTheFilterIsComparedByItsCharacters() {
        var client = client("compares");
        client.subscribe(subscribe(1).to(topic("a/+"), 0).to(topic("a/b"), 0));

        assertThat(client.unsubscribe(topic("a/+")).codes()).containsExactly(0);

        client.publish(topic("a/b"), "x", 0);
        client.expectPublish(topic("a/b"), "x");
        client.publish(topic("a/c"), "x", 0);
        client.expectNothing();
    }

    @Test // [MQTT-3.10.4-3]
    void givenMessagesInFlight_whenUnsubscribed_thenTheirDeliveryIsCompleted() {
        var client = client(connect(id("flight")).lasting(60));
        client.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "started", 2);
        Publish publish = client.expectPublish(topic("a"), "started");

        client.unsubscribe(topic("a"));
        client.acknowledge(publish);
        client.expectNothing();
    }

    @Test // [MQTT-3.10.4-3]
    void givenMessageInFlight_whenUnsubscribedAndReconnected_thenItIsSentAgain() {
        var before = client(connect(id("again")).lasting(60));
        before.subscribe(topic("a"), 1);
        client("publisher").publish(topic("a"), "started", 1);
        before.expectPublish(topic("a"), "started");
        before.unsubscribe(topic("a"));
        before.drop();

        var after = client(connect(id("again")).lasting(60));

        assertThat(after.expectPublish(topic("a"), "started").dup()).isTrue();
    }

    @Test // [MQTT-3.10.4-4]
    void givenClient_whenUnsubscribing_thenUnsubackHasItsIdentifier() {
        var client = client("answers");
        client.subscribe(topic("a"), 0);

        client.send(unsubscribe(4321, topic("a")));

        assertThat(client.expect(Unsuback.class).id()).isEqualTo(4321);
    }

    @Test // [MQTT-3.10.4-5]
    void givenNoSubscription_whenUnsubscribing_thenUnsubackSaysSo() {
        assertThat(client("none").unsubscribe(topic("a")).codes()).containsExactly(0x11);
    }

    @Test // [MQTT-3.10.4-6]
    void givenManyFilters_whenUnsubscribed_thenOneUnsubackHasACodeForEach() {
        var client = client("many");
        client.subscribe(subscribe(1).to(topic("a"), 0).to(topic("b"), 0));

        Unsuback unsuback = client.unsubscribe(topic("a"), topic("never"), topic("b"), topic("a"));

        assertThat(unsuback.codes()).containsExactly(0x00, 0x11, 0x00, 0x11);
        client.expectNothing();
    }

    @Test // 3.10.2.1: UNSUBSCRIBE may carry user properties and nothing else
    void givenClient_whenUnsubscribeHasProperties_thenOnlyUserPropertiesAreAccepted() {
        var client = client("props");

        client.send(unsubscribe(1, topic("a")).props(Props.user("a", "b"))).expect(Unsuback.class);
        client.send(unsubscribe(2, topic("a")).props(Props.with(Property.SUBSCRIPTION_ID, 1)));

        client.expectRefusal(0x81, 0x82);
    }
}
