// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.puback;
import static io.marquetry.itests.support.Packets.pubcomp;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrec;
import static io.marquetry.itests.support.Packets.pubrel;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Received.Pubrel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** 4.3 Quality of Service levels and protocol flows. */
class Chapter43QualityOfServiceTest extends V5Test {
    @Test // [MQTT-4.3.1-1]
    void givenSubscriberOfQos2_whenQos0IsPublished_thenItArrivesWithQos0AndWithoutDup() {
        var client = client("qos0");
        client.subscribe(topic("a"), 2);

        client.publish(topic("a"), "x", 0);

        Publish publish = client.expectPublish(topic("a"), "x");
        assertThat(publish.qos()).isZero();
        assertThat(publish.dup()).isFalse();
    }

    @Test // [MQTT-4.3.2-1] [MQTT-4.3.2-2]
    void givenSubscriberOfQos1_whenMessagesCome_thenEachHasAnUnusedIdentifierAndNoDup() {
        var client = client("qos1");
        client.subscribe(topic("a"), 1);
        client("publisher").publish(topic("a"), "one", 1);
        client("publisher2").publish(topic("a"), "two", 1);

        Publish one = client.expectPublish(topic("a"), "one");
        Publish two = client.expectPublish(topic("a"), "two");

        assertThat(one.dup() || two.dup()).isFalse();
        assertThat(one.id()).isNotZero().isNotEqualTo(two.id());
    }

    @Test // [MQTT-4.3.2-3]
    void givenQos1Message_whenNoPubackCame_thenItStaysUnacknowledgedAndIsSentAgain() {
        var before = client(connect(id("unacked")).lasting(60));
        before.subscribe(topic("a"), 1);
        client("publisher").publish(topic("a"), "x", 1);
        Publish first = before.expectPublish(topic("a"), "x");
        before.drop();

        var after = client(connect(id("unacked")).lasting(60));
        Publish again = after.expectPublish(topic("a"), "x");
        assertThat(again.id()).isEqualTo(first.id());
        after.acknowledge(again);
        after.ping().disconnect();

        client(connect(id("unacked")).lasting(60)).expectNothing();
    }

    @Test // [MQTT-4.3.2-4]
    void givenQos1Publish_whenSent_thenPubackHasItsIdentifier() {
        var client = client("pub1");

        client.send(publish(topic("a"), "x").qos(1).id(77));

        assertThat(client.expect(Puback.class).id()).isEqualTo(77);
    }

    @Test // [MQTT-4.3.2-5]
    void givenPubackWasSent_whenTheIdentifierIsUsedAgain_thenItIsANewMessage() {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 1);
        var client = client("publisher");

        client.send(publish(topic("a"), "one").qos(1).id(5)).expect(Puback.class);
        client.send(publish(topic("a"), "two").qos(1).id(5).dup()).expect(Puback.class);

        subscriber.expectPublish(topic("a"), "one");
        subscriber.expectPublish(topic("a"), "two");
    }

    @Test // [MQTT-4.3.3-1] [MQTT-4.3.3-2]
    void givenSubscriberOfQos2_whenMessagesCome_thenEachHasAnUnusedIdentifierAndNoDup() {
        var client = client("qos2");
        client.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "one", 2);
        client("publisher2").publish(topic("a"), "two", 2);

        Publish one = client.expectPublish(topic("a"), "one");
        client.send(pubrec(one.id())).expect(Publish.class);
        client.await(Pubrel.class);
        client("publisher3").publish(topic("a"), "three", 2);
        Publish three = client.expectPublish(topic("a"), "three");

        // The first is not complete before its PUBCOMP, so its identifier is still in use.
        assertThat(one.dup() || three.dup()).isFalse();
        assertThat(three.id()).isNotZero().isNotEqualTo(one.id());
    }

    @Test // [MQTT-4.3.3-3] [MQTT-4.3.3-4]
    void givenQos2Message_whenPubrecCame_thenPubrelFollowsWithTheSameIdentifier() {
        var client = client("rel");
        client.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "x", 2);
        Publish publish = client.expectPublish(topic("a"), "x");
        client.expectNothing();

        client.send(pubrec(publish.id()));

        assertThat(client.expect(Pubrel.class).id()).isEqualTo(publish.id());
        client.expectNothing();
    }

    @Test // [MQTT-4.3.3-3]
    void givenQos2Message_whenNoPubrecCame_thenItIsSentAgain() {
        var before = client(connect(id("norec")).lasting(60));
        before.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "x", 2);
        Publish first = before.expectPublish(topic("a"), "x");
        before.drop();

        Publish again = client(connect(id("norec")).lasting(60)).expectPublish(topic("a"), "x");

        assertThat(again.id()).isEqualTo(first.id());
        assertThat(again.dup()).isTrue();
    }

    @Test // [MQTT-4.3.3-5] [MQTT-4.3.3-6]
    void givenPubrelWasSent_whenClientReturns_thenPubrelIsSentAgainAndNotThePublish() {
        var before = client(connect(id("rel")).lasting(60));
        before.subscribe(topic("a"), 2);
        client("publisher").publish(topic("a"), "x", 2);
        int id = before.expectPublish(topic("a"), "x").id();
        before.send(pubrec(id)).expect(Pubrel.class);
        before.drop();

        var after = client(connect(id("rel")).lasting(60));
        assertThat(after.expect(Pubrel.class).id()).isEqualTo(id);
        after.send(pubcomp(id)).expectNothing();
    }

    @Test // [MQTT-4.3.3-7] [MQTT-4.3.3-13]
    void givenQos2InFlight_whenItsExpiryPasses_thenTheExchangeIsCompleted() {
        var subscriber = client(connect(id("flight")).lasting(60));
        subscriber.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        var expiring = publish(topic("a"), "x").props(Props.with(Property.MESSAGE_EXPIRY, 1));
        publisher.publish(expiring.qos(2));
        Publish first = subscriber.expectPublish(topic("a"), "x");
        subscriber.drop();
        publisher.send(publish(topic("b"), "y").qos(2).id(500).props(Props.with(Property.MESSAGE_EXPIRY, 1)));
        publisher.expect(Pubrec.class);

        assertThat(publisher.isClosedWithin(Duration.ofMillis(2200))).isFalse();

        var after = client(connect(id("flight")).lasting(60));
        assertThat(after.expectPublish(topic("a"), "x").id()).isEqualTo(first.id());
        publisher.send(pubrel(500));
        assertThat(publisher.expect(Pubcomp.class).code()).isZero();
    }

    @Test // [MQTT-4.3.3-8]
    void givenQos2Publish_whenSent_thenPubrecHasItsIdentifier() {
        var client = client("pub2");

        client.send(publish(topic("a"), "x").qos(2).id(78));

        assertThat(client.expect(Pubrec.class).id()).isEqualTo(78);
    }

    @Test // [MQTT-4.3.3-10]
    void givenNoPubrelYet_whenThePublishComesAgain_thenItIsAcknowledgedAndNotDeliveredTwice() {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 0);
        var client = client("publisher");

        client.send(publish(topic("a"), "once").qos(2).id(6)).expect(Pubrec.class);
        client.send(publish(topic("a"), "once").qos(2).id(6).dup());
        assertThat(client.expect(Pubrec.class).id()).isEqualTo(6);
        client.send(pubrel(6)).expect(Pubcomp.class);
        client.publish(topic("a"), "end", 1);

        subscriber.expectPublish(topic("a"), "once");
        subscriber.expectPublish(topic("a"), "end");
    }

    @Test // [MQTT-4.3.3-10]
    void givenNoPubrelYet_whenClientReturnsAndSendsAgain_thenItIsNotDeliveredTwice() {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 0);
        var before = client(connect(id("publisher")).lasting(60));
        before.send(publish(topic("a"), "once").qos(2).id(6)).expect(Pubrec.class);
        before.drop();

        Probe after = client(connect(id("publisher")).lasting(60));
        after.send(publish(topic("a"), "once").qos(2).id(6).dup()).expect(Pubrec.class);
        after.send(pubrel(6)).expect(Pubcomp.class);
        after.publish(topic("a"), "end", 1);

        subscriber.expectPublish(topic("a"), "once");
        subscriber.expectPublish(topic("a"), "end");
    }

    @Test // [MQTT-4.3.3-11]
    void givenPubrel_whenSent_thenPubcompHasItsIdentifier() {
        var client = client("comp");
        client.send(publish(topic("a"), "x").qos(2).id(79)).expect(Pubrec.class);

        client.send(pubrel(79));

        assertThat(client.expect(Pubcomp.class).id()).isEqualTo(79);
    }

    @Test // [MQTT-4.3.3-12]
    void givenPubcompWasSent_whenTheIdentifierIsUsedAgain_thenItIsANewMessage() {
        var subscriber = client("subscriber");
        subscriber.subscribe(topic("a"), 0);
        var client = client("publisher");

        for (String payload : new String[] {"one", "two"}) {
            client.send(publish(topic("a"), payload).qos(2).id(6)).expect(Pubrec.class);
            client.send(pubrel(6)).expect(Pubcomp.class);
        }

        subscriber.expectPublish(topic("a"), "one");
        subscriber.expectPublish(topic("a"), "two");
    }

    @Test // [MQTT-4.4.0-1]
    void givenManyInFlight_whenClientReturns_thenAllAreSentAgainWithTheirIdentifiersAndInOrder() {
        var before = client(connect(id("many")).lasting(60));
        before.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        int[] ids = new int[8];
        for (int i = 0; i < ids.length; i++) {
            publisher.publish(topic("a"), "m" + i, 1 + i % 2);
        }
        for (int i = 0; i < ids.length; i++) {
            ids[i] = before.expectPublish(topic("a"), "m" + i).id();
        }
        before.drop();

        var after = client(connect(id("many")).lasting(60));
        for (int i = 0; i < ids.length; i++) {
            Publish again = after.expectPublish(topic("a"), "m" + i);
            assertThat(again.id()).isEqualTo(ids[i]);
            assertThat(again.dup()).isTrue();
        }
    }

    @Test // [MQTT-4.4.0-1]
    void givenUnacknowledgedMessage_whenTheConnectionLasts_thenItIsNotSentAgain() {
        var client = client("patient");
        client.subscribe(topic("a"), 1);
        client("publisher").publish(topic("a"), "x", 1);
        client.expectPublish(topic("a"), "x");

        assertThat(client.isClosedWithin(Duration.ofMillis(1500))).isFalse();

        client.expectNothing();
    }

    @Test // [MQTT-4.4.0-2] [MQTT-4.13.2-1]
    void givenPubackWithFailure_whenClientReturns_thenTheMessageIsNotSentAgain() {
        var before = client(connect(id("fails")).lasting(60));
        before.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        publisher.publish(topic("a"), "one", 1);
        publisher.publish(topic("a"), "two", 2);
        before.send(puback(before.expectPublish(topic("a"), "one").id()).reason(0x83));
        before.send(pubrec(before.expectPublish(topic("a"), "two").id()).reason(0x80));
        before.expectNothing(); // a PUBREC with a failure ends the exchange: no PUBREL
        before.disconnect();

        client(connect(id("fails")).lasting(60)).expectNothing();
    }
}
