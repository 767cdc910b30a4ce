// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static io.marquetry.itests.support.SubscribePacket.RETAIN_AS_PUBLISHED;
import static io.marquetry.itests.support.SubscribePacket.RETAIN_IF_NEW;
import static io.marquetry.itests.support.SubscribePacket.RETAIN_NEVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.3.1.3 RETAIN. */
class Chapter33RetainTest extends V5Test {
    private void retain(String topic, String payload) {
        client("retainer").publish(publish(topic, payload).qos(1).retain());
    }

    @Test // [MQTT-3.3.1-5]
    void givenRetainedMessage_whenAnotherComes_thenItReplacesTheFirst() {
        retain(topic("a"), "old");
        retain(topic("a"), "new");

        var late = client("late");
        late.subscribe(topic("a"), 1);

        Publish publish = late.expectPublish(topic("a"), "new");
        assertThat(publish.retain()).isTrue();
        late.acknowledge(publish);
        late.expectNothing();
    }

    @ParameterizedTest // [MQTT-3.3.1-5]
    @ValueSource(ints = {0, 1, 2})
    void givenRetainedMessageOfAnyQos_whenSubscribedWithQos2_thenItKeepsItsQos(int qos) {
        client("retainer").publish(publish(topic("a"), "kept").qos(qos).retain());

        var late = client("late");
        late.subscribe(topic("a"), 2);

        assertThat(late.expectPublish(topic("a"), "kept").qos()).isEqualTo(qos);
    }

    @Test // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
    void givenRetainedMessage_whenAnEmptyOneComes_thenNothingIsRetained() {
        retain(topic("a"), "old");
        var watcher = client("watcher");
        watcher.subscribe(topic("a"), RETAIN_NEVER | 1);

        retain(topic("a"), "");

        // The empty message itself is forwarded as any other.
        assertThat(watcher.expectPublish(topic("a"), "").retain()).isFalse();
        var late = client("late");
        late.subscribe(topic("a"), 1);
        late.expectNothing();
    }

    @Test // [MQTT-3.3.1-8]
    void givenRetainedMessage_whenOneWithoutRetainComes_thenTheRetainedOneStays() {
        retain(topic("a"), "kept");
        client("publisher").publish(topic("a"), "passing", 1);
        client("publisher").publish(topic("a"), "", 1);

        var late = client("late");
        late.subscribe(topic("a"), 0);

        late.expectPublish(topic("a"), "kept");
        late.expectNothing();
    }

    @Test // [MQTT-3.3.1-9] [MQTT-3.8.4-4]
    void givenRetainHandling0_whenSubscribedAgain_thenRetainedMessagesComeAgain() {
        retain(topic("a"), "kept");
        var client = client("again");

        client.subscribe(topic("a"), 0);
        client.expectPublish(topic("a"), "kept");
        client.subscribe(topic("a"), 0);
        client.expectPublish(topic("a"), "kept");
    }

    @Test // [MQTT-3.3.1-10]
    void givenRetainHandling1_whenSubscribedAgain_thenRetainedMessagesComeOnce() {
        retain(topic("a"), "kept");
        var client = client("new");

        client.subscribe(topic("a"), RETAIN_IF_NEW);
        client.expectPublish(topic("a"), "kept");
        client.subscribe(topic("a"), RETAIN_IF_NEW);
        client.expectNothing();
        client.unsubscribe(topic("a"));
        client.subscribe(topic("a"), RETAIN_IF_NEW);
        client.expectPublish(topic("a"), "kept");
    }

    @Test // [MQTT-3.3.1-10]
    void givenResumedSession_whenSubscribedAgainWithRetainHandling1_thenNoRetainedMessageComes() {
        retain(topic("a"), "kept");
        var before = client(connect(id("resume")).lasting(60));
        before.subscribe(topic("a"), RETAIN_IF_NEW);
        before.expectPublish(topic("a"), "kept");
        before.disconnect();

        var after = client(connect(id("resume")).resume());
        after.subscribe(topic("a"), RETAIN_IF_NEW);

        after.expectNothing();
    }

    @Test // [MQTT-3.3.1-11]
    void givenRetainHandling2_whenSubscribed_thenNoRetainedMessageComes() {
        retain(topic("a"), "kept");
        var client = client("never");

        client.subscribe(topic("a"), RETAIN_NEVER);

        client.expectNothing();
    }

    @Test // [MQTT-3.3.1-12]
    void givenNoRetainAsPublished_whenForwarded_thenRetainIsZero() {
        var client = client("plain");
        client.subscribe(topic("a"), 0);

        retain(topic("a"), "live");

        assertThat(client.expectPublish(topic("a"), "live").retain()).isFalse();
    }

    @Test // [MQTT-3.3.1-13]
    void givenRetainAsPublished_whenForwarded_thenRetainIsAsPublished() {
        var client = client("keeps");
        client.subscribe(topic("a"), RETAIN_AS_PUBLISHED);

        retain(topic("a"), "live");
        client("publisher").publish(topic("a"), "plain", 0);

        assertThat(client.expectPublish(topic("a"), "live").retain()).isTrue();
        assertThat(client.expectPublish(topic("a"), "plain").retain()).isFalse();
    }

    @Test // 3.3.1.3: properties are part of the retained message
    void givenRetainedMessageWithProperties_whenSubscribed_thenTheyCome() {
        Props props =
                Props.user("k", "v").and(Property.CONTENT_TYPE, "text/plain").and(Property.MESSAGE_EXPIRY, 100);
        client("retainer").publish(publish(topic("a"), "kept").retain().qos(1).props(props));

        var late = client("late");
        late.subscribe(topic("a"), 0);

        Props arrived = late.expectPublish(topic("a"), "kept").props();
        assertThat(arrived.users()).containsExactly("k=v");
        assertThat(arrived.text(Property.CONTENT_TYPE)).contains("text/plain");
        assertThat(arrived.number(Property.MESSAGE_EXPIRY))
                .hasValueSatisfying(left -> assertThat(left).isBetween(90L, 100L));
    }

    @Test // 3.3.1.3
    void givenManyRetainedMessages_whenSubscribedWithWildcard_thenEveryMatchComes() {
        for (int i = 0; i < 60; i++) {
            retain(topic("m/" + i), "kept");
        }
        retain(topic("other"), "kept");
        var late = client("late");

        late.subscribe(topic("m/+"), 0);

        List<String> topics = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            topics.add(late.expect(Publish.class).topic());
        }
        late.expectNothing();
        assertThat(topics).doesNotHaveDuplicates().doesNotContain(topic("other"));
    }

    @Test // 3.3.2.3.8: the identifier of the subscription comes with its retained messages
    void givenSubscriptionIdentifier_whenRetainedMessagesCome_thenTheyCarryIt() {
        retain(topic("a"), "kept");
        var client = client("subid");

        client.subscribe(subscribe(1).to(topic("a"), 0).props(Props.with(Property.SUBSCRIPTION_ID, 5)));

        assertThat(client.expectPublish(topic("a"), "kept").props().all(Property.SUBSCRIPTION_ID))
                .containsExactly(5L);
    }
}
