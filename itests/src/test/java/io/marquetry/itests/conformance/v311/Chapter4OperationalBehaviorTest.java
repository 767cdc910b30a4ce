// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.pubcomp;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrec;
import static io.marquetry.itests.support.Packets.pubrel;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Bytes;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.PublishPacket;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Received.Pubrel;
import io.marquetry.itests.support.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 4 Operational behavior. */
class Chapter4OperationalBehaviorTest extends V311Test {
    private static final int MANY = 24;

    private final List<Probe> durable = new ArrayList<>();

    @Test // [MQTT-4.1.0-1] [MQTT-4.1.0-2]
    void givenSession_whenItsConnectionsComeAndGo_thenItsStateStays() {
        client(connect(id("state")).resume()).subscribe(topic("a"), 2);
        var publisher = client("publisher");

        for (int i = 0; i < 3; i++) {
            publisher.publish(topic("a"), "m" + i, 2);
            var client = client(connect(id("state")).resume());
            client.acknowledge(client.expectPublish(topic("a"), "m" + i));
            client.ping(); // PUBCOMP has come: the next connection may overtake what was not read of this one
            client.drop();
        }
    }

    @Test // [MQTT-4.2.0-1] [MQTT-7.1.1-1]
    void givenStreamOfPackets_whenItArrivesInSmallPieces_thenEveryMessageIsWhole() {
        var client = client("pieces");
        client.subscribe(topic("a"), 0);
        Bytes stream = Bytes.bytes();
        for (int i = 0; i < 100; i++) {
            stream.raw(publish(topic("a"), i + ":" + "x".repeat(i)).encode(Version.V311));
        }
        byte[] bytes = stream.toArray();

        for (int from = 0; from < bytes.length; from += 13) {
            client.sendBytes(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + 13)));
        }

        for (int i = 0; i < 100; i++) {
            client.expectPublish(topic("a"), i + ":" + "x".repeat(i));
        }
    }

    @Test // [MQTT-4.3.1-1]
    void givenSubscriber_whenQos0IsPublished_thenItArrivesWithQos0AndWithoutDup() {
        var client = client("qos0");
        client.subscribe(topic("a"), 2);

        client.publish(topic("a"), "x", 0);

        Publish publish = client.expectPublish(topic("a"), "x");
        assertThat(publish.qos()).isZero();
        assertThat(publish.dup()).isFalse();
    }

    @Test // [MQTT-4.3.2-1]
    void givenQos1Message_whenNotAcknowledged_thenItStaysUnacknowledged() {
        var before = client(connect(id("qos1")).resume());
        before.subscribe(topic("a"), 1);
        client("publisher").publish(topic("a"), "x", 1);
        Publish first = before.expectPublish(topic("a"), "x");
        assertThat(first.dup()).isFalse();
        before.drop();

        var after = client(connect(id("qos1")).resume());
        Publish again = after.expectPublish(topic("a"), "x");
        assertThat(again.id()).isEqualTo(first.id());
        after.acknowledge(again);
        after.disconnect();

        client(connect(id("qos1")).resume()).expectNothing();
    }

    @Test // [MQTT-4.3.2-2]
    void givenPubackWasSent_whenTheIdentifierIsUsedAgain_thenItIsANewMessage() {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 0);
        var client = client("publisher");

        client.send(publish(topic("a"), "one").qos(1).id(5)).expect(Puback.class);
        client.send(publish(topic("a"), "two").qos(1).id(5).dup()).expect(Puback.class);

        subscriber.expectPublish(topic("a"), "one");
        subscriber.expectPublish(topic("a"), "two");
    }

    @Test // [MQTT-4.3.3-1]
    void givenQos2Message_whenTheConnectionBreaksAtEachStep_thenTheExchangeGoesOnWhereItWas() {
        var first = client(connect(id("qos2")).resume());
        first.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "x", 2);
        Publish publish = first.expectPublish(topic("a"), "x");
        assertThat(publish.dup()).isFalse();
        first.drop();

        var second = client(connect(id("qos2")).resume());
        Publish again = second.expectPublish(topic("a"), "x");
        assertThat(again.id()).isEqualTo(publish.id());
        second.send(pubrec(publish.id()));
        assertThat(second.expect(Pubrel.class).id()).isEqualTo(publish.id());
        second.drop();

        var third = client(connect(id("qos2")).resume());
        assertThat(third.expect(Pubrel.class).id()).isEqualTo(publish.id());
        third.send(pubcomp(publish.id()));
        third.expectNothing();
        third.disconnect();

        client(connect(id("qos2")).resume()).expectNothing();
    }

    @Test // [MQTT-4.3.3-2]
    void givenQos2Publish_whenItIsSentAgain_thenItIsDeliveredOnceUntilItIsReleased() {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 0);
        var before = client(connect(id("publisher")).resume());
        before.send(publish(topic("a"), "once").qos(2).id(6)).expect(Pubrec.class);
        before.send(publish(topic("a"), "once").qos(2).id(6).dup()).expect(Pubrec.class);
        before.drop();

        var after = client(connect(id("publisher")).resume());
        after.send(publish(topic("a"), "once").qos(2).id(6).dup());
        assertThat(after.expect(Pubrec.class).id()).isEqualTo(6);
        after.send(pubrel(6));
        assertThat(after.expect(Pubcomp.class).id()).isEqualTo(6);
        after.send(publish(topic("a"), "new").qos(2).id(6)).expect(Pubrec.class);
        after.send(pubrel(6)).expect(Pubcomp.class);

        subscriber.expectPublish(topic("a"), "once");
        subscriber.expectPublish(topic("a"), "new");
    }

    @Test // [MQTT-4.4.0-1] [MQTT-4.6.0-1]
    void givenManyInFlight_whenClientReturns_thenAllAreSentAgainWithTheirIdentifiersAndInOrder() {
        var before = client(connect(id("many")).resume());
        before.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        int[] ids = new int[MANY];
        for (int i = 0; i < MANY; i++) {
            publisher.publish(topic("a"), "m" + i, 1 + i % 2);
        }
        for (int i = 0; i < MANY; i++) {
            ids[i] = before.expectPublish(topic("a"), "m" + i).id();
        }
        before.drop();

        var after = client(connect(id("many")).resume());
        for (int i = 0; i < MANY; i++) {
            assertThat(after.expectPublish(topic("a"), "m" + i).id()).isEqualTo(ids[i]);
        }
    }

    @Test // [MQTT-4.5.0-1]
    void givenManySessions_whenAMessageIsAccepted_thenItIsInEachOfThem() {
        for (int i = 0; i < 8; i++) {
            var subscriber = client(connect(id("s" + i)).resume());
            subscriber.subscribe(topic(i % 2 == 0 ? "a" : "#"), 1);
            durable.add(subscriber);
        }
        durable.get(0).disconnect();

        client("publisher").publish(topic("a"), "for all", 1);

        durable.set(0, client(connect(id("s0")).resume()));
        for (Probe subscriber : durable) {
            subscriber.acknowledge(subscriber.expectPublish(topic("a"), "for all"));
        }
    }

    @Test // [MQTT-4.6.0-2]
    void givenManyQos1Publishes_whenSentAtOnce_thenPubacksComeInTheirOrder() {
        var client = client("publisher");

        client.sendTogether(packets(1));

        for (int i = 0; i < MANY; i++) {
            assertThat(client.expect(Puback.class).id()).isEqualTo(100 + i);
        }
    }

    @Test // [MQTT-4.6.0-3]
    void givenManyQos2Publishes_whenSentAtOnce_thenPubrecsComeInTheirOrder() {
        var client = client("publisher");

        client.sendTogether(packets(2));

        for (int i = 0; i < MANY; i++) {
            assertThat(client.expect(Pubrec.class).id()).isEqualTo(100 + i);
        }
    }

    private PublishPacket[] packets(int qos) {
        client("subscriber").subscribe(topic("a"), 0);
        PublishPacket[] packets = new PublishPacket[MANY];
        for (int i = 0; i < MANY; i++) {
            packets[i] = publish(topic(i % 3 == 0 ? "nobody" : "a"), "m" + i)
                    .qos(qos)
                    .id(100 + i);
        }
        return packets;
    }

    @Test // [MQTT-4.6.0-4]
    void givenManyQos2Messages_whenPubrecsAreSent_thenPubrelsComeInTheirOrder() {
        var client = client("subscriber");
        client.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        for (int i = 0; i < MANY; i++) {
            publisher.publish(topic("a"), "m" + i, 2);
        }
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            ids.add(0, client.expectPublish(topic("a"), "m" + i).id());
        }

        ids.forEach(id -> client.send(pubrec(id)));

        ids.forEach(id -> assertThat(client.expect(Pubrel.class).id()).isEqualTo(id));
    }

    @ParameterizedTest // [MQTT-4.6.0-5] [MQTT-4.6.0-6]
    @ValueSource(ints = {0, 1, 2})
    void givenManyMessages_whenPublished_thenTheyArriveInTheirOrder(int qos) {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), qos);
        var publisher = client("publisher");

        for (int i = 0; i < 200; i++) {
            publisher.publish(topic("a"), "m" + i, qos);
        }

        for (int i = 0; i < 200; i++) {
            Publish publish = subscriber.await(Publish.class);
            assertThat(publish.text()).isEqualTo("m" + i);
            subscriber.acknowledge(publish);
        }
    }

    @ParameterizedTest // [MQTT-4.7.1-1]
    @ValueSource(strings = {"a/+", "a/#", "+", "#", "a+b"})
    void givenClient_whenTopicNameHasAWildcard_thenItIsClosed(String topic) {
        var client = client("wild");

        client.send(publish(topic, "x").qos(1).id(1));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-4.7.1-2] [MQTT-4.7.1-3]
    @ValueSource(strings = {"a/#/b", "a#", "#/a", "a/b#", "##", "a+", "+a", "a/b+", "a/+b/c", "++"})
    void givenMisplacedWildcard_whenSubscribing_thenRefused(String filter) {
        client("misplaced").expectFilterRefused(filter);
    }

    @ParameterizedTest // [MQTT-4.7.1-2] [MQTT-4.7.1-3]
    @CsvSource({
        "sport/#,sport,true",
        "sport/#,sport/a/b,true",
        "sport/+,sport/a,true",
        "sport/+,sport,false",
        "sport/+,sport/,true",
        "sport/+,sport/a/b,false",
        "+/+,/a,true",
        "/+,/a,true",
        "a//b,a/b,false",
        "a/b,a/b/,false"
    })
    void givenFilter_whenATopicIsPublished_thenTheyMatchAsSpecified(String filter, String name, boolean matches) {
        var client = client("match");
        client.subscribe(topic(filter), 0);
        client.subscribe(topic("sentinel"), 0);

        client.publish(topic(name), "x", 0);
        client.publish(topic("sentinel"), "end", 0);

        assertThat(client.expect(Publish.class).text()).isEqualTo(matches ? "x" : "end");
    }

    @Test // [MQTT-4.7.2-1]
    void givenFiltersThatBeginWithWildcards_whenADollarTopicIsPublished_thenTheyDoNotMatch() {
        String dollar = "$" + topic("a");
        var wild = client("wild");
        wild.subscribe(subscribe(1).to("#", 0).to("+/a", 0));
        var exact = client("exact");
        exact.subscribe(dollar, 0);

        exact.publish(dollar, "hidden", 0);
        exact.expectPublish(dollar, "hidden");
        exact.publish(topic("a"), "seen", 0);

        assertThat(wild.await(Publish.class).topic()).doesNotStartWith("$");
    }

    @Test // [MQTT-4.7.3-1]
    void givenEmptyTopic_whenUsed_thenRefused() {
        var publisher = client("name");
        publisher.send(publish("", "x"));
        publisher.expectClosed();

        client("filter").expectFilterRefused("");
    }

    @Test // [MQTT-4.7.3-2]
    void givenTopicWithNull_whenUsed_thenItIsClosed() {
        var client = client("null");

        client.send(publish("a\u0000", "x"));

        client.expectClosed();
    }

    @Test // [MQTT-4.7.3-3]
    void givenTopicOf65535Bytes_whenUsed_thenItWorks() {
        String longest = topic("") + "x".repeat(65_535 - topic("").length());
        var client = client("long");
        client.subscribe(longest, 0);

        client.publish(longest, "x", 0);

        assertThat(client.expect(Publish.class).topic()).hasSize(65_535);
    }

    @ParameterizedTest // [MQTT-4.7.3-4]
    @CsvSource({"ACCOUNTS,accounts", "x//y,x/y", "\u00E9,e\u0301", "x/,x"})
    void givenTwoTopicsThatLookAlike_whenOneIsPublished_thenTheOtherDoesNotMatch(String filter, String name) {
        var client = client("alike");
        client.subscribe(topic(filter), 0);

        client.publish(topic(name), "other", 0);
        client.publish(topic(filter), "same", 0);

        client.expectPublish(topic(filter), "same");
    }

    @Test // [MQTT-4.8.0-1]
    void givenOneClientBreaksTheProtocol_whenItIsClosed_thenOthersAreNotTouched() {
        var other = client("other");
        other.subscribe(topic("a"), 0);
        var client = client("breaks");

        client.send(publish(topic("a"), "x").firstByte(0x36));
        client.expectClosed();

        client("publisher").publish(topic("a"), "x", 0);
        other.expectPublish(topic("a"), "x");
    }
}
