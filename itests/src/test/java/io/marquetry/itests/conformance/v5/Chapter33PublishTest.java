// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.PublishPacket;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.3 PUBLISH: flags, topic, properties, actions. Retained messages and aliases have classes of their own. */
class Chapter33PublishTest extends V5Test {
    @Test // [MQTT-3.3.1-1]
    void givenUnacknowledgedMessage_whenClientReturns_thenItIsSentAgainWithDup() {
        var before = client(connect(id("dup")).lasting(60));
        before.subscribe(topic("a"), 1);
        client("publisher").publish(topic("a"), "again", 1);
        assertThat(before.expectPublish(topic("a"), "again").dup()).isFalse();
        before.drop();

        var after = client(connect(id("dup")).lasting(60));

        assertThat(after.expectPublish(topic("a"), "again").dup()).isTrue();
    }

    @ParameterizedTest // [MQTT-3.3.1-2]
    @ValueSource(ints = {0x38, 0x39})
    void givenClient_whenDupIsSetWithQos0_thenMalformedPacket(int firstByte) {
        var client = client("dup0");

        client.send(publish(topic("a"), "x").firstByte(firstByte));

        client.expectRefusal(0x81, 0x82);
    }

    @ParameterizedTest // [MQTT-3.3.1-3]
    @ValueSource(ints = {1, 2})
    void givenPublishWithDup_whenForwarded_thenDupIsNotPropagated(int qos) {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 2);
        var publisher = client("publisher");

        publisher.publish(publish(topic("a"), "x").qos(qos).dup());

        assertThat(subscriber.expectPublish(topic("a"), "x").dup()).isFalse();
    }

    @ParameterizedTest // [MQTT-3.3.1-4]
    @ValueSource(ints = {0x36, 0x37, 0x3E, 0x3F})
    void givenClient_whenQosIs3_thenMalformedPacket(int firstByte) {
        var client = client("qos3");

        client.send(publish(topic("a"), "x").id(1).firstByte(firstByte));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-3.3.2-1]
    @ValueSource(strings = {"61EDA080", "C080", "6180"})
    void givenClient_whenTopicNameIsNotUtf8_thenMalformedPacket(String topic) {
        var client = client("utf8");

        client.send(publish("", "x").topicBytes(hex(topic)));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-3.3.2-2]
    @ValueSource(strings = {"#", "+", "a/#", "a/+/b", "a+", "a#", "#/a"})
    void givenClient_whenTopicNameHasWildcards_thenTopicNameInvalid(String topic) {
        var client = client("wild");

        client.send(publish(topic, "x"));

        client.expectRefusal(0x90, 0x81, 0x82);
    }

    @ParameterizedTest // [MQTT-3.3.2-3] [MQTT-3.3.4-2]
    @CsvSource({"a/b,a/b", "a/b,a/+", "a/b,#", "a/b,+/b", "a,a/#", "/,+/+", "/a,+/a", "a//b,a/+/b"})
    void givenMatchingFilter_whenPublished_thenTheTopicNameIsThatOfThePublisher(String name, String filter) {
        var client = client("match");
        client.subscribe(topic(filter), 0);

        client.publish(topic(name), "x", 0);

        client.expectPublish(topic(name), "x");
    }

    @Test // 3.3.2.1: an empty Topic Name needs an alias
    void givenClient_whenTopicNameIsEmptyWithoutAlias_thenProtocolError() {
        var client = client("empty");

        client.send(publish("", "x"));

        client.expectRefusal(0x82, 0x90);
    }

    @ParameterizedTest // [MQTT-3.3.2-4]
    @ValueSource(ints = {0, 1})
    void givenPayloadFormatIndicator_whenForwarded_thenItIsUnaltered(int format) {
        Props props = roundTrip(Props.with(Property.PAYLOAD_FORMAT, format));

        assertThat(props.number(Property.PAYLOAD_FORMAT)).contains((long) format);
    }

    @Test // [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-20]
    void givenResponseTopicCorrelationAndContentType_whenForwarded_thenTheyAreUnaltered() {
        byte[] correlation = {0, 1, (byte) 0xFF, 0x7F};

        Props props = roundTrip(Props.with(Property.RESPONSE_TOPIC, "answers/\u00E4")
                .and(Property.CORRELATION_DATA, correlation)
                .and(Property.CONTENT_TYPE, "application/x-any"));

        assertThat(props.text(Property.RESPONSE_TOPIC)).contains("answers/\u00E4");
        assertThat(props.binary(Property.CORRELATION_DATA)).isEqualTo(correlation);
        assertThat(props.text(Property.CONTENT_TYPE)).contains("application/x-any");
    }

    @Test // [MQTT-3.3.2-17] [MQTT-3.3.2-18]
    void givenUserProperties_whenForwarded_thenAllArriveInOrder() {
        Props props = roundTrip(Props.user("b", "1")
                .andUser("a", "2")
                .andUser("b", "1")
                .andUser("", "")
                .andUser("\u00E4", "3"));

        assertThat(props.users()).containsExactly("b=1", "a=2", "b=1", "=", "\u00E4=3");
    }

    private Props roundTrip(Props props) {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 1);
        client("publisher").publish(publish(topic("a"), "x").qos(1).props(props));
        return subscriber.expectPublish(topic("a"), "x").props();
    }

    @ParameterizedTest // [MQTT-3.3.2-13] [MQTT-3.3.2-19]
    @ValueSource(ints = {0x08, 0x03})
    void givenClient_whenResponseTopicOrContentTypeIsNotUtf8_thenMalformedPacket(int property) {
        var client = client("utf8");

        client.send(publish(topic("a"), "x").props(Props.none().andRaw(property, hex("0004 61EDA080"))));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-3.3.2-14]
    @ValueSource(strings = {"#", "a/+", "a/#"})
    void givenClient_whenResponseTopicHasWildcards_thenRefused(String topic) {
        var client = client("response");

        client.send(publish(topic("a"), "x").props(Props.with(Property.RESPONSE_TOPIC, topic)));

        client.expectRefusal(0x81, 0x82, 0x90);
    }

    static Stream<Arguments> propertiesThatAreProtocolErrors() {
        return Stream.of(
                arguments("Payload Format Indicator 2", Props.with(Property.PAYLOAD_FORMAT, 2)),
                arguments("Payload Format Indicator twice", twice(Property.PAYLOAD_FORMAT, 1)),
                arguments("Message Expiry twice", twice(Property.MESSAGE_EXPIRY, 10)),
                arguments("Topic Alias twice", twice(Property.TOPIC_ALIAS, 1)),
                arguments("Response Topic twice", twice(Property.RESPONSE_TOPIC, "a")),
                arguments("Correlation Data twice", twice(Property.CORRELATION_DATA, new byte[] {1})),
                arguments("Content Type twice", twice(Property.CONTENT_TYPE, "text")));
    }

    private static Props twice(Property property, Object value) {
        return Props.with(property, value).and(property, value);
    }

    @ParameterizedTest(name = "{0}") // 3.3.2.3: "It is a Protocol Error to include ... more than once"
    @MethodSource("propertiesThatAreProtocolErrors")
    void givenClient_whenPropertyIsAProtocolError_thenRefused(String name, Props props) {
        var client = client("prop");

        client.send(publish(topic("a"), "x").props(props));

        client.expectRefusal(0x82, 0x81);
    }

    @Test // [MQTT-3.3.4-6]
    void givenClient_whenPublishHasASubscriptionIdentifier_thenRefused() {
        var client = client("subid");

        client.send(publish(topic("a"), "x").props(Props.with(Property.SUBSCRIPTION_ID, 1)));

        client.expectRefusal(0x82, 0x81);
    }

    @Test // [MQTT-3.3.4-1]
    void givenClient_whenPublishing_thenTheAnswerFitsTheQos() {
        var client = client("answers");

        client.send(publish(topic("a"), "x"));
        client.send(publish(topic("a"), "x").qos(1).id(7));
        assertThat(client.expect(Puback.class).id()).isEqualTo(7);
        client.send(publish(topic("a"), "x").qos(2).id(8));
        assertThat(client.expect(Pubrec.class).id()).isEqualTo(8);
    }

    @Test // [MQTT-3.3.4-3]
    void givenSubscriptionIdentifier_whenAMessageMatches_thenItCarriesTheIdentifier() {
        var client = client("subid");
        client.subscribe(subscribe(1).to(topic("a"), 0).props(Props.with(Property.SUBSCRIPTION_ID, 268_435_455)));

        client.publish(topic("a"), "x", 0);

        assertThat(client.expectPublish(topic("a"), "x").props().all(Property.SUBSCRIPTION_ID))
                .containsExactly(268_435_455L);
    }

    @Test // [MQTT-3.3.4-2] [MQTT-3.3.4-4] [MQTT-3.3.4-5]
    void givenOverlappingSubscriptions_whenAMessageMatches_thenEveryIdentifierComes() {
        var client = client("overlap");
        client.subscribe(subscribe(1).to(topic("a/b"), 0).props(Props.with(Property.SUBSCRIPTION_ID, 11)));
        client.subscribe(subscribe(2).to(topic("a/+"), 2).props(Props.with(Property.SUBSCRIPTION_ID, 12)));
        client.subscribe(subscribe(3).to(topic("a/#"), 1));

        client.publish(topic("a/b"), "x", 2);

        // One copy with all identifiers, or a copy for each subscription with its own; the best QoS in any case.
        Publish first = client.await(Publish.class);
        var identifiers = new java.util.ArrayList<>(first.props().all(Property.SUBSCRIPTION_ID));
        int best = first.qos();
        while (identifiers.size() < 2) {
            Publish next = client.await(Publish.class);
            identifiers.addAll(next.props().all(Property.SUBSCRIPTION_ID));
            best = Math.max(best, next.qos());
        }
        assertThat(identifiers).containsExactlyInAnyOrder(11L, 12L);
        assertThat(best).isEqualTo(2);
    }

    @Test // [MQTT-3.3.4-7]
    void givenReceiveMaximumOfTheServer_whenClientExceedsIt_thenReceiveMaximumExceeded() {
        var client = open();
        int maximum = client.connectOk(connect(id("floods")))
                .props()
                .number(Property.RECEIVE_MAXIMUM)
                .orElse(65_535L)
                .intValue();
        PublishPacket[] packets = new PublishPacket[maximum + 1];
        for (int i = 0; i <= maximum; i++) {
            packets[i] = publish(topic("a"), "x").qos(2).id(i + 1);
        }

        client.sendTogether(packets);

        for (int i = 0; i < maximum; i++) {
            client.expect(Pubrec.class);
        }
        client.expectRefusal(0x93);
    }

    @Test // [MQTT-3.3.4-9]
    void givenReceiveMaximumOfTheClient_whenMoreMessagesCome_thenTheServerWaits() {
        var client = client(connect(id("window")).props(Props.with(Property.RECEIVE_MAXIMUM, 2)));
        client.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        for (int i = 0; i < 5; i++) {
            publisher.publish(topic("a"), "m" + i, 1 + i % 2);
        }

        Publish first = client.expectPublish(topic("a"), "m0");
        Publish second = client.expectPublish(topic("a"), "m1");
        client.expectNothing();
        client.acknowledge(first);
        Publish third = client.await(Publish.class);
        assertThat(third.text()).isEqualTo("m2");
        client.expectNothing();

        client.acknowledge(second);
        client.acknowledge(third);
        assertThat(client.await(Publish.class).text()).isEqualTo("m3");
        assertThat(client.await(Publish.class).text()).isEqualTo("m4");
    }

    @Test // [MQTT-3.3.4-10]
    void givenFullReceiveMaximum_whenOtherPacketsAreDue_thenTheyAreNotDelayed() {
        var client = client(connect(id("others")).props(Props.with(Property.RECEIVE_MAXIMUM, 1)));
        client.subscribe(topic("a"), 1);
        var publisher = client("publisher");
        publisher.publish(topic("a"), "m0", 1);
        publisher.publish(topic("a"), "m1", 1);
        client.expectPublish(topic("a"), "m0");

        assertThat(client.subscribe(topic("b"), 0)).isZero();
        assertThat(client.publish(topic("c"), "x", 1)).isLessThan(0x80);
        client.ping();
    }
}
