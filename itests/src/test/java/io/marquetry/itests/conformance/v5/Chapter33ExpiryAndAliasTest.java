// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.3.2.3.3 Message Expiry Interval and 3.3.2.3.4 Topic Alias. */
class Chapter33ExpiryAndAliasTest extends V5Test {
    private static void letPass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        Patience.until("the clock to go on", () -> System.nanoTime() - end > 0);
    }

    @Test // [MQTT-3.3.2-5] [MQTT-3.3.2-6]
    void givenMessagesWithExpiry_whenClientIsAway_thenExpiredOnesAreGoneAndOthersHaveLessLeft() {
        var before = client(connect(id("away")).lasting(60));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        var publisher = client("publisher");
        publisher.publish(expiring("short", 1));
        publisher.publish(expiring("long", 100));
        publisher.publish(topic("a"), "endless", 1);

        letPass(Duration.ofMillis(2100));
        var after = client(connect(id("away")).lasting(60));

        Publish kept = after.expectPublish(topic("a"), "long");
        assertThat(kept.props().number(Property.MESSAGE_EXPIRY))
                .hasValueSatisfying(left -> assertThat(left).isBetween(90L, 98L));
        assertThat(after.expectPublish(topic("a"), "endless").props().has(Property.MESSAGE_EXPIRY))
                .isFalse();
    }

    @Test // [MQTT-3.3.2-5]
    void givenRetainedMessageWithExpiry_whenItHasPassed_thenItIsNotSent() {
        client("retainer").publish(expiring("short", 1).retain());

        letPass(Duration.ofMillis(2100));
        var late = client("late");
        late.subscribe(topic("a"), 0);

        late.expectNothing();
    }

    @Test // [MQTT-3.3.2-6]
    void givenMessageWithExpiry_whenDeliveredAtOnce_thenTheIntervalIsWhole() {
        var client = client("now");
        client.subscribe(topic("a"), 1);

        client.publish(expiring("now", 100));

        assertThat(client.expectPublish(topic("a"), "now").props().number(Property.MESSAGE_EXPIRY))
                .hasValueSatisfying(left -> assertThat(left).isBetween(99L, 100L));
    }

    private io.marquetry.itests.support.PublishPacket expiring(String payload, int seconds) {
        return publish(topic("a"), payload).qos(1).props(Props.with(Property.MESSAGE_EXPIRY, seconds));
    }

    @Test // [MQTT-3.3.2-12]
    void givenAlias_whenItIsUsedWithoutATopic_thenTheTopicIsTheMappedOne() {
        var client = client("alias");
        client.subscribe(topic("#"), 0);

        client.send(aliased(topic("a"), 1));
        client.send(aliased(topic("b"), 2));
        client.send(aliased("", 1));
        client.send(aliased("", 2));

        client.expectPublish(topic("a"), "x");
        client.expectPublish(topic("b"), "x");
        client.expectPublish(topic("a"), "x");
        client.expectPublish(topic("b"), "x");
    }

    @Test // [MQTT-3.3.2-12]
    void givenAlias_whenItIsMappedAgain_thenTheNewTopicCounts() {
        var client = client("remap");
        client.subscribe(topic("#"), 0);

        client.send(aliased(topic("a"), 1));
        client.send(aliased(topic("b"), 1));
        client.send(aliased("", 1));

        client.expectPublish(topic("a"), "x");
        client.expectPublish(topic("b"), "x");
        client.expectPublish(topic("b"), "x");
    }

    @Test // 3.3.2.3.4: mappings of client and server are apart, and other clients do not see them
    void givenAliasOfThePublisher_whenForwarded_thenTheSubscriberGetsTheTopic() {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("#"), 0);
        var publisher = client("publisher");

        publisher.send(aliased(topic("a"), 1));
        publisher.send(aliased("", 1));

        for (int i = 0; i < 2; i++) {
            assertThat(subscriber.expectPublish(topic("a"), "x").props().has(Property.TOPIC_ALIAS))
                    .isFalse();
        }
    }

    @Test // [MQTT-3.3.2-7]
    void givenAlias_whenClientReturns_thenItIsForgotten() {
        var before = client(connect(id("forgets")).lasting(60));
        before.send(aliased(topic("a"), 1)).ping();
        before.disconnect();

        Probe after = client(connect(id("forgets")).lasting(60));
        after.send(aliased("", 1));

        after.expectRefusal(0x82, 0x94);
    }

    @Test // [MQTT-3.3.2-8]
    void givenClient_whenAliasIsZero_thenTopicAliasInvalid() {
        var client = client("zero");

        client.send(aliased(topic("a"), 0));

        client.expectRefusal(0x94);
    }

    @Test // [MQTT-3.3.2-9]
    void givenClient_whenAliasIsGreaterThanTheMaximum_thenTopicAliasInvalid() {
        var client = open();
        int maximum = client.connectOk(connect(id("great")))
                .props()
                .number(Property.TOPIC_ALIAS_MAXIMUM)
                .orElse(0L)
                .intValue();

        // With the greatest maximum there is no greater alias; 0 is the one that is then left to refuse.
        client.send(aliased(topic("a"), (maximum + 1) & 0xFFFF));

        client.expectRefusal(0x94);
    }

    @ParameterizedTest // 3.3.2.3.4: an alias that was never mapped
    @ValueSource(ints = {1, 2, 9})
    void givenClient_whenUnknownAliasIsUsed_thenProtocolError(int alias) {
        var client = client("unknown");

        client.send(aliased("", alias));

        client.expectRefusal(0x82, 0x94);
    }

    @Test // [MQTT-3.3.2-11]
    void givenTopicAliasMaximumOfTheClient_whenMessagesRepeat_thenNoGreaterAliasIsSent() {
        var client = client(connect(id("max1")).props(Props.with(Property.TOPIC_ALIAS_MAXIMUM, 1)));
        client.subscribe(topic("#"), 0);
        var publisher = client("publisher");

        for (int i = 0; i < 6; i++) {
            publisher.publish(topic("t" + i % 3), "x", 0);
        }

        for (int i = 0; i < 6; i++) {
            assertThat(client.expect(Publish.class)
                            .props()
                            .number(Property.TOPIC_ALIAS)
                            .orElse(1L))
                    .isEqualTo(1);
        }
    }

    private static io.marquetry.itests.support.PublishPacket aliased(String topic, int alias) {
        return publish(topic, "x").props(Props.with(Property.TOPIC_ALIAS, alias));
    }
}
