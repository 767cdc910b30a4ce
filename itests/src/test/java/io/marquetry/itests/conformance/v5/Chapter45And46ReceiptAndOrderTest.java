// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrec;
import static io.marquetry.itests.support.Packets.pubrel;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.PublishPacket;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Received.Pubrel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 4.5 Message receipt and 4.6 Message ordering. */
class Chapter45And46ReceiptAndOrderTest extends V5Test {
    private static final int MANY = 24; // within the inflight window of the usual server

    @Test // [MQTT-4.5.0-1]
    void givenManySessions_whenAMessageIsAccepted_thenItIsInEachOfThem() {
        List<Probe> subscribers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            var subscriber = client(connect(id("s" + i)).lasting(60));
            subscriber.subscribe(topic(i % 2 == 0 ? "a" : "+"), 1);
            subscribers.add(subscriber);
        }
        subscribers.get(3).disconnect();

        client("publisher").publish(topic("a"), "for all", 1);
        subscribers.set(3, client(connect(id("s3")).lasting(60)));

        for (Probe subscriber : subscribers) {
            subscriber.acknowledge(subscriber.expectPublish(topic("a"), "for all"));
        }
    }

    @Test // [MQTT-4.6.0-1]
    void givenMessagesInFlight_whenClientReturns_thenTheyComeInTheirOrderBeforeNewOnes() {
        var before = client(connect(id("order")).lasting(60));
        before.subscribe(topic("a"), 1);
        var publisher = client("publisher");
        for (int i = 0; i < MANY; i++) {
            publisher.publish(topic("a"), "m" + i, 1);
        }
        for (int i = 0; i < MANY; i++) {
            before.expectPublish(topic("a"), "m" + i);
        }
        before.drop();
        publisher.publish(topic("a"), "m" + MANY, 1);

        var after = client(connect(id("order")).lasting(60));

        for (int i = 0; i <= MANY; i++) {
            // The last one is sent again too when the broker had not noticed yet that the connection was gone.
            boolean dup = after.expectPublish(topic("a"), "m" + i).dup();
            assertThat(dup || i == MANY).as("m%d is marked as sent again", i).isTrue();
        }
    }

    @Test // [MQTT-4.6.0-2]
    void givenManyQos1Publishes_whenSentAtOnce_thenPubacksComeInTheirOrder() {
        client("subscriber").subscribe(topic("a"), 1);
        var client = client("publisher");

        client.sendTogether(packets(1));

        for (int i = 0; i < MANY; i++) {
            assertThat(client.expect(Puback.class).id()).isEqualTo(100 + i);
        }
    }

    @Test // [MQTT-4.6.0-3]
    void givenManyQos2Publishes_whenSentAtOnce_thenPubrecsComeInTheirOrder() {
        client("subscriber").subscribe(topic("a"), 1);
        var client = client("publisher");

        client.sendTogether(packets(2));

        for (int i = 0; i < MANY; i++) {
            assertThat(client.expect(Pubrec.class).id()).isEqualTo(100 + i);
        }
        for (int i = 0; i < MANY; i++) {
            client.send(pubrel(100 + i));
        }
        for (int i = 0; i < MANY; i++) {
            assertThat(client.expect(Pubcomp.class).id()).isEqualTo(100 + i);
        }
    }

    private PublishPacket[] packets(int qos) {
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
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            publisher.publish(topic("a"), "m" + i, 2);
        }
        for (int i = 0; i < MANY; i++) {
            ids.add(client.expectPublish(topic("a"), "m" + i).id());
        }

        // Answered from the last to the first, so that the order of the PUBRECs counts and not that of the messages.
        for (int i = MANY - 1; i >= 0; i--) {
            client.send(pubrec(ids.get(i)));
        }

        for (int i = MANY - 1; i >= 0; i--) {
            assertThat(client.expect(Pubrel.class).id()).isEqualTo(ids.get(i));
        }
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

    @Test // [MQTT-4.6.0-5] [MQTT-4.6.0-6]
    void givenManySubscribers_whenOnePublishes_thenEachSeesTheSameOrder() {
        List<Probe> subscribers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            var subscriber = client("s" + i);
            subscriber.subscribe(topic("+"), 0);
            subscribers.add(subscriber);
        }
        var publisher = client("publisher");

        PublishPacket[] packets = new PublishPacket[300];
        for (int i = 0; i < packets.length; i++) {
            packets[i] = publish(topic("a"), "m" + i);
        }
        publisher.sendTogether(packets);

        for (Probe subscriber : subscribers) {
            for (int i = 0; i < packets.length; i++) {
                subscriber.expectPublish(topic("a"), "m" + i);
            }
        }
    }
}
