// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static io.marquetry.itests.support.SubscribePacket.NO_LOCAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Suback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.8 SUBSCRIBE. */
class Chapter38SubscribeTest extends V5Test {
    @ParameterizedTest // [MQTT-3.8.1-1]
    @ValueSource(ints = {0x80, 0x81, 0x83, 0x86, 0x8A, 0x8F})
    void givenClient_whenFlagsAreWrong_thenMalformedPacket(int firstByte) {
        var client = client("flags");

        client.send(subscribe(1).to(topic("a"), 0).firstByte(firstByte));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-3.8.3-1]
    @ValueSource(strings = {"61EDA080", "C080", "6180", "610062"})
    void givenClient_whenFilterIsNotUtf8_thenMalformedPacket(String filter) {
        var client = client("utf8");

        client.send(subscribe(1).toBytes(hex(filter), 0));

        client.expectRefusal(0x81);
    }

    @Test // [MQTT-3.8.3-2]
    void givenClient_whenThereIsNoFilter_thenProtocolError() {
        var client = client("empty");

        client.send(subscribe(1));

        client.expectRefusal(0x82, 0x81);
    }

    @Test // [MQTT-3.8.3-3]
    void givenNoLocal_whenTheClientPublishes_thenItsMessageDoesNotComeBack() {
        var client = client("nolocal");
        client.subscribe(topic("a"), 1 | NO_LOCAL);
        var other = client("other");
        other.subscribe(topic("a"), 1);

        client.publish(topic("a"), "own", 1);
        other.expectPublish(topic("a"), "own");
        other.publish(topic("a"), "other", 1);

        client.expectPublish(topic("a"), "other");
    }

    @Test // [MQTT-3.8.3-4]
    void givenClient_whenSharedSubscriptionHasNoLocal_thenProtocolError() {
        var client = client("sharednolocal");

        client.send(subscribe(1).to("$share/g/" + topic("a"), NO_LOCAL));

        client.expectRefusal(0x82);
    }

    @ParameterizedTest // [MQTT-3.8.3-5]
    @ValueSource(ints = {0x40, 0x80, 0xC0, 0xC1})
    void givenClient_whenReservedOptionBitsAreSet_thenMalformedPacket(int options) {
        var client = client("reserved");

        client.send(subscribe(1).to(topic("a"), options));

        client.expectRefusal(0x81, 0x82);
    }

    @ParameterizedTest // 3.8.3.1: QoS 3 and Retain Handling 3 are Protocol Errors
    @ValueSource(ints = {0x03, 0x30, 0x31})
    void givenClient_whenOptionsHaveValuesThatDoNotExist_thenRefused(int options) {
        var client = client("three");

        client.send(subscribe(1).to(topic("a"), options));

        client.expectRefusal(0x82, 0x81);
    }

    @Test // 3.8.2.1.2
    void givenClient_whenSubscriptionIdentifierIsZero_thenProtocolError() {
        var client = client("zero");

        client.send(subscribe(1).to(topic("a"), 0).props(Props.with(Property.SUBSCRIPTION_ID, 0)));

        client.expectRefusal(0x82);
    }

    @Test // 3.8.2.1.2
    void givenClient_whenSubscriptionIdentifierComesTwice_thenProtocolError() {
        var client = client("twice");

        client.send(subscribe(1)
                .to(topic("a"), 0)
                .props(Props.with(Property.SUBSCRIPTION_ID, 1).and(Property.SUBSCRIPTION_ID, 2)));

        client.expectRefusal(0x82, 0x81);
    }

    @Test // [MQTT-3.8.4-1] [MQTT-3.8.4-2]
    void givenClient_whenSubscribing_thenSubackHasItsIdentifier() {
        var client = client("answers");

        client.send(subscribe(1234).to(topic("a"), 0));

        assertThat(client.expect(Suback.class).id()).isEqualTo(1234);
    }

    @Test // [MQTT-3.8.4-3]
    void givenSubscription_whenSubscribedAgain_thenItIsReplaced() {
        var client = client("replaces");
        client.subscribe(subscribe(1).to(topic("a"), 0).props(Props.with(Property.SUBSCRIPTION_ID, 1)));

        client.subscribe(subscribe(2).to(topic("a"), 2).props(Props.with(Property.SUBSCRIPTION_ID, 2)));
        client.publish(topic("a"), "x", 2);

        Publish publish = client.expectPublish(topic("a"), "x");
        assertThat(publish.qos()).isEqualTo(2);
        assertThat(publish.props().all(Property.SUBSCRIPTION_ID)).containsExactly(2L);
        client.acknowledge(publish);
        client.expectNothing();
    }

    @Test // [MQTT-3.8.4-4]
    void givenQueuedMessages_whenSubscribedAgain_thenNoneIsLost() {
        var client = client("keeps");
        client.subscribe(topic("a"), 1);
        var publisher = client("publisher");
        for (int i = 0; i < 50; i++) {
            publisher.publish(topic("a"), "m" + i, 1);
        }

        client.subscribe(topic("a"), 1);

        for (int i = 0; i < 50; i++) {
            Publish publish = client.await(Publish.class);
            assertThat(publish.text()).isEqualTo("m" + i);
            client.acknowledge(publish);
        }
    }

    @Test // [MQTT-3.8.4-5] [MQTT-3.8.4-6]
    void givenManyFilters_whenSubscribed_thenOneSubackHasACodeForEach() {
        var client = client("many");
        var packet = subscribe(9);
        for (int i = 0; i < 40; i++) {
            packet.to(topic("f" + i), i % 3);
        }

        Suback suback = client.subscribe(packet);

        assertThat(suback.codes()).hasSize(40);
        for (int i = 0; i < 40; i++) {
            assertThat(suback.codes().get(i)).isEqualTo(i % 3);
        }
        client.expectNothing();
    }

    @Test // [MQTT-3.8.4-5]
    void givenTheSameFilterTwice_whenSubscribed_thenTheLaterCounts() {
        var client = client("sequence");

        client.subscribe(subscribe(1).to(topic("a"), 0).to(topic("a"), 1));
        client.publish(topic("a"), "x", 1);

        assertThat(client.expectPublish(topic("a"), "x").qos()).isEqualTo(1);
        client.expectNothing();
    }

    @ParameterizedTest // [MQTT-3.8.4-7]
    @ValueSource(ints = {0, 1, 2})
    void givenRequestedQos_whenSubscribed_thenSubackGrantsIt(int qos) {
        assertThat(client("grants").subscribe(topic("a"), qos)).isEqualTo(qos);
    }

    @ParameterizedTest // [MQTT-3.8.4-8]
    @CsvSource({"0,0,0", "0,1,0", "0,2,0", "1,0,0", "1,1,1", "1,2,1", "2,0,0", "2,1,1", "2,2,2"})
    void givenGrantedQos_whenPublished_thenTheSmallerQosCounts(int granted, int published, int delivered) {
        var client = client("min");
        client.subscribe(topic("a"), granted);

        client("publisher").publish(topic("a"), "x", published);

        assertThat(client.expectPublish(topic("a"), "x").qos()).isEqualTo(delivered);
    }

    @Test // 3.8.2: SUBSCRIBE may carry user properties
    void givenClient_whenSubscribeHasUserProperties_thenItIsAccepted() {
        var client = client("users");

        Suback suback = client.subscribe(
                subscribe(1).to(topic("a"), 0).props(Props.user("a", "1").andUser("a", "2")));

        assertThat(suback.codes()).containsExactly(0);
        client.publish(publish(topic("a"), "x"));
        client.expectPublish(topic("a"), "x");
    }
}
