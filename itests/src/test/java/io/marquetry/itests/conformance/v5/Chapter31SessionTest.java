// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.disconnect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Suback;
import io.marquetry.itests.support.Received.Unsuback;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** 3.1 CONNECT: Clean Start, session, keep alive and what a client asks of the server. */
class Chapter31SessionTest extends V5Test {
    @Test // [MQTT-3.1.2-4] [MQTT-3.1.4-4]
    void givenSession_whenConnectingWithCleanStart_thenItIsDiscarded() {
        var before = client(connect(id("clean")).lasting(60));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        client("publisher").publish(topic("a"), "queued", 1);

        var after = open();
        assertThat(after.connectOk(connect(id("clean"))).sessionPresent()).isFalse();

        after.publish(topic("a"), "new", 0);
        after.expectNothing();
    }

    @Test // [MQTT-3.1.2-5] [MQTT-3.1.2-23]
    void givenSession_whenConnectingWithoutCleanStart_thenItIsResumed() {
        var before = client(connect(id("resume")).lasting(60));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        client("publisher").publish(topic("a"), "queued", 1);

        var after = open();
        assertThat(after.connectOk(connect(id("resume")).lasting(60)).sessionPresent())
                .isTrue();

        assertThat(after.expectPublish(topic("a"), "queued").qos()).isEqualTo(1);
    }

    @Test // [MQTT-3.1.2-6]
    void givenNoSession_whenConnectingWithoutCleanStart_thenANewOneIsMade() {
        var probe = open();

        assertThat(probe.connectOk(connect(id("fresh")).resume()).sessionPresent())
                .isFalse();

        probe.expectNothing();
    }

    @Test // [MQTT-3.1.2-23]
    void givenSessionWithExpiry_whenConnectionIsLost_thenStateIsStored() {
        var before = client(connect(id("lost")).lasting(60));
        before.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "first", 2);
        before.expectPublish(topic("a"), "first");
        before.drop();

        var after = open();
        assertThat(after.connectOk(connect(id("lost")).lasting(60)).sessionPresent())
                .isTrue();

        Publish again = after.expectPublish(topic("a"), "first");
        assertThat(again.dup()).isTrue();
    }

    @Test // 3.1.2.11.2: without a Session Expiry Interval the session ends with its connection
    void givenSessionWithoutExpiry_whenConnectionEnds_thenNothingIsLeft() {
        var before = client(connect(id("short")).resume());
        before.subscribe(topic("a"), 1);
        before.disconnect();

        assertThat(open().connectOk(connect(id("short")).resume()).sessionPresent())
                .isFalse();
    }

    @Test // [MQTT-3.1.3-2]
    void givenTwoSessions_whenEachClientReturns_thenEachFindsItsOwn() {
        for (String name : new String[] {"one", "two"}) {
            var probe = client(connect(id(name)).lasting(60));
            probe.subscribe(topic(name), 1);
            probe.disconnect();
        }
        var publisher = client("publisher");
        publisher.publish(topic("one"), "for one", 1);
        publisher.publish(topic("two"), "for two", 1);

        for (String name : new String[] {"one", "two"}) {
            var probe = client(connect(id(name)).lasting(60));
            probe.acknowledge(probe.expectPublish(topic(name), "for " + name));
            probe.expectNothing();
        }
    }

    @Test // [MQTT-3.1.4-3]
    void givenClient_whenAnotherConnectsWithItsIdentifier_thenItIsTakenOver() {
        var first = client("same");

        client("same");

        first.expectRefusal(0x8E);
    }

    @Test // [MQTT-3.1.4-3]
    void givenClientWithSession_whenTakenOver_thenTheSessionMoves() {
        var first = client(connect(id("move")).lasting(60));
        first.subscribe(topic("a"), 1);

        var second = open();
        assertThat(second.connectOk(connect(id("move")).lasting(60)).sessionPresent())
                .isTrue();

        first.expectRefusal(0x8E);
        client("publisher").publish(topic("a"), "moved", 1);
        second.expectPublish(topic("a"), "moved");
    }

    @Test // [MQTT-3.1.2-22]
    void givenKeepAliveOfOneSecond_whenClientIsSilent_thenItIsClosedAfterOneAndAHalf() {
        var client = client(connect(id("silent")).keepAlive(1));
        long start = System.nanoTime();

        client.expectRefusal(Duration.ofSeconds(8), 0x8D);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1400));
    }

    @Test // [MQTT-3.1.2-22]
    void givenKeepAliveOfOneSecond_whenClientPings_thenItStays() {
        var client = client(connect(id("alive")).keepAlive(1));
        long end = System.nanoTime() + Duration.ofMillis(2600).toNanos();

        while (System.nanoTime() < end) {
            client.ping();
            assertThat(client.isClosedWithin(Duration.ofMillis(700))).isFalse();
        }

        client.ping();
    }

    @Test // 3.1.2.10: keep alive 0 switches it off
    void givenNoKeepAlive_whenClientIsSilent_thenItStays() {
        var client = client(connect(id("still")).keepAlive(0));

        assertThat(client.isClosedWithin(Duration.ofMillis(2500))).isFalse();
        client.ping();
    }

    @Test // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    void givenMaximumPacketSize_whenALargerMessageComes_thenItIsDiscardedAndLaterOnesArrive() {
        var client = client(connect(id("small")).props(Props.with(Property.MAXIMUM_PACKET_SIZE, 100)));
        client.subscribe(topic("a"), 2);
        var publisher = client("publisher");

        for (int qos = 0; qos <= 2; qos++) {
            publisher.publish(topic("a"), "x".repeat(120), qos);
        }
        publisher.publish(topic("a"), "small", 1);

        client.acknowledge(client.expectPublish(topic("a"), "small"));
        client.expectNothing();
    }

    @Test // [MQTT-3.1.2-24]
    void givenMaximumPacketSize_whenAMessageFitsExactly_thenItArrives() {
        String topic = topic("a");
        int rest = 1 + 1 + 2 + topic.length() + 1;
        var client = client(connect(id("exact")).props(Props.with(Property.MAXIMUM_PACKET_SIZE, 100)));
        client.subscribe(topic, 0);
        var publisher = client("publisher");

        publisher.publish(topic, "y".repeat(100 - rest + 1), 0);
        publisher.publish(topic, "x".repeat(100 - rest), 0);

        client.expectPublish(topic, "x".repeat(100 - rest));
    }

    @Test // [MQTT-3.1.2-26]
    void givenTopicAliasMaximum_whenManyTopicsArrive_thenNoAliasIsGreater() {
        var client = client(connect(id("aliases")).props(Props.with(Property.TOPIC_ALIAS_MAXIMUM, 2)));
        client.subscribe(topic("#"), 0);
        var publisher = client("publisher");

        for (int i = 0; i < 12; i++) {
            publisher.publish(topic("t" + i % 4), "x", 0);
        }

        String[] aliases = new String[3];
        for (int i = 0; i < 12; i++) {
            Publish publish = client.expect(Publish.class);
            int alias = publish.props().number(Property.TOPIC_ALIAS).orElse(0L).intValue();
            assertThat(alias).isBetween(0, 2);
            if (alias > 0 && !publish.topic().isEmpty()) {
                aliases[alias] = publish.topic();
            }
            assertThat(publish.topic().isEmpty() ? aliases[alias] : publish.topic())
                    .isEqualTo(topic("t" + i % 4));
        }
    }

    @Test // [MQTT-3.1.2-27]
    void givenNoTopicAliasMaximum_whenTopicsRepeat_thenNoAliasIsSent() {
        var client = client("noalias");
        client.subscribe(topic("a"), 0);
        var publisher = client("publisher");

        for (int i = 0; i < 5; i++) {
            publisher.publish(topic("a"), "x", 0);
        }

        for (int i = 0; i < 5; i++) {
            Publish publish = client.expectPublish(topic("a"), "x");
            assertThat(publish.props().has(Property.TOPIC_ALIAS)).isFalse();
        }
    }

    @Test // [MQTT-3.1.2-28]
    void givenResponseInformationNotRequested_whenConnecting_thenNoneIsReturned() {
        var silent = open().connectOk(connect(id("a")));
        var zero = open().connectOk(connect(id("b")).props(Props.with(Property.REQUEST_RESPONSE_INFO, 0)));

        assertThat(silent.props().has(Property.RESPONSE_INFO)).isFalse();
        assertThat(zero.props().has(Property.RESPONSE_INFO)).isFalse();
    }

    @Test // [MQTT-3.1.2-29]
    void givenProblemInformationNotRequested_whenThingsFail_thenNoReasonStringComes() {
        var client = client(connect(id("terse")).props(Props.with(Property.REQUEST_PROBLEM_INFO, 0)));

        client.send(publish(topic("nobody"), "x").qos(1).id(1));
        assertThat(client.expect(Puback.class).props().isEmpty()).isTrue();
        client.send(subscribe(2).to("$share/x/" + topic("a"), 1).to(topic("#"), 0));
        assertThat(client.expect(Suback.class).props().isEmpty()).isTrue();
        Unsuback unsuback = client.unsubscribe(topic("never"));
        assertThat(unsuback.codes()).containsExactly(0x11);
        assertThat(unsuback.props().isEmpty()).isTrue();
    }

    @Test // [MQTT-4.1.0-2]
    void givenSessionExpiryOfOneSecond_whenItHasPassed_thenTheSessionIsGone() {
        client(connect(id("expire")).lasting(1)).disconnect();

        // The session is looked for under another expiry only after the interval, so looking does not prolong it.
        long end = System.nanoTime() + Duration.ofMillis(2200).toNanos();
        Patience.until("two seconds to pass", () -> System.nanoTime() > end);

        assertThat(open().connectOk(connect(id("expire")).resume()).sessionPresent())
                .isFalse();
    }

    @Test // 3.14.2.2.2: DISCONNECT may change the expiry
    void givenSession_whenDisconnectSetsExpiryZero_thenItEndsAtOnce() {
        var before = client(connect(id("change")).lasting(60));
        before.disconnect(disconnect().props(Props.with(Property.SESSION_EXPIRY, 0)));

        assertThat(open().connectOk(connect(id("change")).resume()).sessionPresent())
                .isFalse();
    }

    @Test // 3.1.2.11.2: 0xFFFFFFFF never expires
    void givenSessionThatNeverExpires_whenClientReturns_thenItIsThere() {
        client(connect(id("forever")).lasting(0xFFFFFFFFL)).disconnect();

        var again = open();
        assertThat(again.connectOk(connect(id("forever")).resume()).sessionPresent())
                .isTrue();

        again.disconnect(disconnect().props(Props.with(Property.SESSION_EXPIRY, 0)));
    }
}
