// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Suback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.8 SUBSCRIBE and 3.9 SUBACK. */
class Chapter38SubscribeTest extends V311Test {
    @ParameterizedTest // [MQTT-3.8.1-1]
    @ValueSource(ints = {0x80, 0x81, 0x83, 0x86, 0x8F})
    void givenClient_whenFlagsAreWrong_thenItIsClosed(int firstByte) {
        var client = client("flags");

        client.send(subscribe(1).to(topic("a"), 0).firstByte(firstByte));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.8.3-1]
    @ValueSource(strings = {"61EDA080", "C080", "6180", "610062"})
    void givenClient_whenFilterIsNotUtf8_thenItIsClosed(String filter) {
        var client = client("utf8");

        client.send(subscribe(1).toBytes(hex(filter), 0));

        client.expectClosed();
    }

    @Test // [MQTT-3.8.3-2]
    void givenServerThatSupportsWildcards_whenSubscribedWithOne_thenItIsGranted() {
        assertThat(client("wild").subscribe(topic("+/#"), 1)).isEqualTo(1);
    }

    @Test // [MQTT-3.8.3-3]
    void givenClient_whenThereIsNoFilter_thenItIsClosed() {
        var client = client("empty");

        client.send(subscribe(1));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.8.3-4]
    @ValueSource(ints = {0x03, 0x04, 0x08, 0x10, 0x80, 0xFF})
    void givenClient_whenReservedBitsAreSetOrQosIs3_thenItIsClosed(int options) {
        var client = client("bits");

        client.send(subscribe(1).to(topic("a"), options));

        client.expectClosed();
    }

    @Test // [MQTT-3.8.4-1] [MQTT-3.8.4-2]
    void givenClient_whenSubscribing_thenSubackHasItsIdentifier() {
        var client = client("answers");

        client.send(subscribe(1234).to(topic("a"), 0));

        assertThat(client.expect(Suback.class).id()).isEqualTo(1234);
    }

    @Test // [MQTT-3.8.4-3]
    void givenSubscription_whenSubscribedAgain_thenItIsReplacedAndRetainedMessagesComeAgain() {
        var client = client("replaces");
        client.publish(publish(topic("a"), "kept").qos(1).retain());
        client.subscribe(topic("a"), 0);
        assertThat(client.expectPublish(topic("a"), "kept").qos()).isZero();

        client.subscribe(topic("a"), 1);

        Publish again = client.expectPublish(topic("a"), "kept");
        assertThat(again.qos()).isEqualTo(1);
        client.acknowledge(again);
        client.publish(topic("a"), "once", 1);
        client.acknowledge(client.expectPublish(topic("a"), "once"));
        client.expectNothing();
    }

    @Test // [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2]
    void givenManyFilters_whenSubscribed_thenOneSubackHasACodeForEachInOrder() {
        var client = client("many");

        Suback suback = client.subscribe(subscribe(9)
                .to(topic("a"), 2)
                .to(topic("b"), 0)
                .to(topic("c"), 1)
                .to(topic("d"), 2));

        assertThat(suback.codes()).containsExactly(2, 0, 1, 2);
        client.expectNothing();
    }

    @ParameterizedTest // [MQTT-3.8.4-6]
    @CsvSource({"0,0,0", "0,2,0", "1,0,0", "1,1,1", "1,2,1", "2,0,0", "2,1,1", "2,2,2"})
    void givenGrantedQos_whenPublished_thenTheSmallerQosCounts(int granted, int published, int delivered) {
        var client = client("min");
        client.subscribe(topic("a"), granted);

        client("publisher").publish(topic("a"), "x", published);

        assertThat(client.expectPublish(topic("a"), "x").qos()).isEqualTo(delivered);
    }
}
