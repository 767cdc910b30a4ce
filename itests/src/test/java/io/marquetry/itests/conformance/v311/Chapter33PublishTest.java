// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrel;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.3 PUBLISH, and 3.6 PUBREL's flags. */
class Chapter33PublishTest extends V311Test {
    @ParameterizedTest // [MQTT-3.3.1-1]
    @ValueSource(ints = {1, 2})
    void givenUnacknowledgedMessage_whenClientReturns_thenItIsSentAgainWithDup(int qos) {
        var before = client(connect(id("dup")).resume());
        before.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "x", qos);
        assertThat(before.expectPublish(topic("a"), "x").dup()).isFalse();
        before.drop();

        var after = client(connect(id("dup")).resume());

        Publish again = after.expectPublish(topic("a"), "x");
        assertThat(again.dup()).isTrue();
        after.acknowledge(again);
    }

    @ParameterizedTest // [MQTT-3.3.1-2]
    @ValueSource(ints = {0x38, 0x39})
    void givenClient_whenDupIsSetWithQos0_thenItIsClosed(int firstByte) {
        var client = client("dup0");

        client.send(publish(topic("a"), "x").firstByte(firstByte));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.3.1-3]
    @ValueSource(ints = {1, 2})
    void givenPublishWithDup_whenForwarded_thenDupIsNotPropagated(int qos) {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 2);

        client("publisher").publish(publish(topic("a"), "x").qos(qos).dup());

        assertThat(subscriber.expectPublish(topic("a"), "x").dup()).isFalse();
    }

    @ParameterizedTest // [MQTT-3.3.1-4]
    @ValueSource(ints = {0x36, 0x37, 0x3E, 0x3F})
    void givenClient_whenQosIs3_thenItIsClosed(int firstByte) {
        var client = client("qos3");

        client.send(publish(topic("a"), "x").id(1).firstByte(firstByte));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8]
    @ValueSource(ints = {0, 1, 2})
    void givenRetainedMessages_whenSubscribed_thenTheLastComesWithItsQosAndRetain(int qos) {
        var publisher = client("publisher");
        publisher.publish(publish(topic("a"), "old").qos(1).retain());
        publisher.publish(publish(topic("a"), "new").qos(qos).retain());
        publisher.ping();

        var late = client("late");
        late.subscribe(topic("+"), 2);

        Publish publish = late.expectPublish(topic("a"), "new");
        assertThat(publish.qos()).isEqualTo(qos);
        assertThat(publish.retain()).isTrue();
        late.acknowledge(publish);
        late.expectNothing();
    }

    @Test // [MQTT-3.3.1-7]
    void givenRetainedMessage_whenARetainedQos0Comes_thenTheFirstIsDiscarded() {
        var publisher = client("publisher");
        publisher.publish(publish(topic("a"), "old").qos(1).retain());
        publisher.publish(publish(topic("a"), "new").retain());
        publisher.ping();

        var late = client("late");
        late.subscribe(topic("a"), 1);

        late.expectPublish(topic("a"), "new");
        late.expectNothing();
    }

    @Test // [MQTT-3.3.1-9]
    void givenEstablishedSubscription_whenARetainedMessageComes_thenRetainIsZero() {
        var client = client("live");
        client.subscribe(topic("a"), 1);

        client.publish(publish(topic("a"), "x").qos(1).retain());

        assertThat(client.expectPublish(topic("a"), "x").retain()).isFalse();
    }

    @Test // [MQTT-3.3.1-10] [MQTT-3.3.1-11]
    void givenRetainedMessage_whenAnEmptyOneComes_thenItIsForwardedAndNothingIsRetained() {
        var client = client("clears");
        client.publish(publish(topic("a"), "old").qos(1).retain());
        var watcher = client("watcher");
        watcher.subscribe(topic("a"), 0);
        watcher.expectPublish(topic("a"), "old");

        client.publish(publish(topic("a"), "").qos(1).retain());

        watcher.expectPublish(topic("a"), "");
        var late = client("late");
        late.subscribe(topic("a"), 0);
        late.expectNothing();
    }

    @Test // [MQTT-3.3.1-12]
    void givenRetainedMessage_whenOneWithoutRetainComes_thenTheFirstStays() {
        var client = client("keeps");
        client.publish(publish(topic("a"), "kept").qos(1).retain());
        client.publish(topic("a"), "passing", 1);
        client.publish(topic("b"), "passing", 1);

        var late = client("late");
        late.subscribe(topic("+"), 0);

        late.expectPublish(topic("a"), "kept");
        late.expectNothing();
    }

    @ParameterizedTest // [MQTT-3.3.2-1]
    @ValueSource(strings = {"3004 0002 EDA0", "3003 0005 61", "3005 0003 61C080"})
    void givenClient_whenTopicNameIsMissingOrNotUtf8_thenItIsClosed(String packet) {
        var client = client("utf8");

        client.sendBytes(hex(packet));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.3.2-2]
    @ValueSource(strings = {"#", "+", "a/#", "a/+/b", "a+", "a#"})
    void givenClient_whenTopicNameHasWildcards_thenItIsClosed(String topic) {
        var client = client("wild");

        client.send(publish(topic, "x"));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.3.2-3]
    @CsvSource({"a/b,a/b", "a/b,a/+", "a/b,#", "a/b,+/b", "a,a/#"})
    void givenMatchingFilter_whenPublished_thenTheTopicNameIsThatOfThePublisher(String name, String filter) {
        var client = client("match");
        client.subscribe(topic(filter), 0);

        client.publish(topic(name), "x", 0);

        client.expectPublish(topic(name), "x");
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

    @Test // [MQTT-3.3.5-1]
    void givenOverlappingSubscriptions_whenPublished_thenTheBestQosComes() {
        var client = client("overlap");
        client.subscribe(subscribe(1).to(topic("a/b"), 0).to(topic("a/+"), 2).to(topic("a/#"), 1));

        client.publish(topic("a/b"), "x", 2);

        // One copy, or one for each subscription: the best of them has QoS 2.
        int best = client.await(Publish.class).qos();
        for (int i = 0; i < 2 && best < 2; i++) {
            best = Math.max(best, client.await(Publish.class).qos());
        }
        assertThat(best).isEqualTo(2);
    }

    @ParameterizedTest // [MQTT-3.6.1-1]
    @ValueSource(ints = {0x60, 0x61, 0x63, 0x6A})
    void givenClient_whenPubrelHasOtherFlags_thenItIsClosed(int firstByte) {
        var client = client("pubrel");
        client.send(publish(topic("a"), "x").qos(2).id(1)).expect(Pubrec.class);

        client.send(pubrel(1).firstByte(firstByte));

        client.expectClosed();
    }
}
