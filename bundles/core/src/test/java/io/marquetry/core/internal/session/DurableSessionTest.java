// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.store.Table;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DurableSessionTest extends BrokerTest {
    private static final String LONG = "x".repeat(500);

    @Test // [MQTT-4.4.0-1] [MQTT-4.6.0-1]
    void givenOfflineSession_whenTheBrokerIsKilled_thenItsQueueLeavesInOrderAndFirst() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "sub", 1);
        publish(broker, "1", "2", LONG, "4");
        broker.commit();

        broker = restart(0, 1);

        assertThat(broker.fate("recovered")).isEqualTo(4);
        assertThat(broker.fate("queued")).isEqualTo(4);
        TestClient back = back(broker, "sub");
        broker.connection(V5).connect("pub2").publish("t", "5", 1, 1);
        broker.commit();
        assertThat(back.story())
                .containsExactly(
                        "PUBLISH q1 t 1", "PUBLISH q1 t 2", "PUBLISH q1 t " + LONG, "PUBLISH q1 t 4", "PUBLISH q1 t 5");
        ackAll(broker, back, 5);
        assertThat(broker.store().size(Table.QUEUE)).isZero();
        assertThat(broker.fate("delivered")).isEqualTo(5);
    }

    @Test
    void givenSubscriptions_whenTheBrokerIsKilled_thenTheyAreThereWithTheirOptions() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(100).build())
                .subscribe(
                        Properties.builder().withSubscriptionIdentifier(7).build(),
                        new Packet.Subscribe.Request("a/+", QoS.AT_LEAST_ONCE, true, true, 0))
                .subscribe("gone", 1);
        client.send(new Packet.Unsubscribe(9, List.of("gone"), Properties.NONE));
        broker.commit();

        broker = restart(0, 1);

        TestClient back = back(broker, "c");
        back.publish("a/b", "own", 1, 1);
        TestClient other = broker.connection(V5).connect("other");
        other.publish("a/b", "1", 2, 1, true).publish("gone", "2", 1, 2);
        broker.commit();
        Packet.Publish came = back.take(Packet.Publish.class);
        assertThat(TestClient.text(came)).isEqualTo("1");
        assertThat(came.retain()).isTrue();
        assertThat(came.properties().subscriptionIdentifiers()).containsExactly(7);
        assertThat(broker.gauge("subscriptions.count")).isEqualTo(1);
        other.ack(PacketType.PUBREL, 1).publish("a/b", "", 0, 0, true);
        broker.commit();
    }

    @Test // [MQTT-3.3.1-1] [MQTT-4.3.3-10]
    void givenMessagesInFlight_whenTheBrokerIsKilled_thenTheyAreSentAgainWithTheirIdentifiers() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        TestClient sub = here(broker, "sub", 2);
        TestClient pub = broker.connection(V5).connect("pub");
        pub.publish("t", "1", 1, 1)
                .publish("t", "2", 2, 2)
                .publish("t", "3", 2, 3)
                .publish("t", "4", 1, 4);
        broker.commit();
        pub.ack(PacketType.PUBREL, 2).ack(PacketType.PUBREL, 3);
        assertThat(sub.story()).containsExactly("PUBLISH q1 t 1", "PUBLISH q2 t 2", "PUBLISH q2 t 3", "PUBLISH q1 t 4");
        sub.ack(PacketType.PUBACK, 1).ack(PacketType.PUBREC, 2);
        broker.commit();

        broker = restart(0, 1);

        assertThat(broker.fate("in_flight")).isEqualTo(3);
        TestClient back = back(broker, "sub");
        assertThat(back.story()).containsExactly("PUBREL 2", "PUBLISH dup q2 t 3", "PUBLISH dup q1 t 4");
        back.ack(PacketType.PUBCOMP, 2).ack(PacketType.PUBREC, 3).ack(PacketType.PUBACK, 4);
        broker.commit();
        assertThat(back.story()).containsExactly("PUBREL 3");
        back.ack(PacketType.PUBCOMP, 3);
        broker.commit();
        assertThat(broker.store().size(Table.QUEUE)).isZero();
        assertThat(broker.store().size(Table.INFLIGHT)).isZero();
    }

    @Test
    void givenQosTwo_whenItsIdentifierIsNotCommitted_thenNothingLeavesAndNothingOvertakes() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        TestClient sub = here(broker, "sub", 2);
        TestClient pub = broker.connection(V5).connect("pub");
        broker.commit();

        pub.publish("t", "1", 2, 1)
                .publish("t", "2", 2, 2)
                .publish("t", "3", 1, 3)
                .publish("t", "4", 0, 0);
        broker.settle();

        assertThat(sub.story()).isEmpty();
        broker.store().commit();
        assertThat(sub.story()).containsExactly("PUBLISH q2 t 1", "PUBLISH q2 t 2", "PUBLISH q1 t 3", "PUBLISH q0 t 4");
        broker.commit();
        pub.ack(PacketType.PUBREL, 1).ack(PacketType.PUBREL, 2);
        broker.commit();
    }

    @Test
    void givenSubscriberThatIsFasterThanTheDisk_whenItAcknowledges_thenNothingIsWritten() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        TestClient sub = here(broker, "sub", 1);
        TestClient pub = broker.connection(V5).connect("pub");
        broker.commit();
        pub.publish("t", "under way", 1, 1);
        broker.settle(); // a batch is under way from now on
        sub.drain();
        long written = broker.store().written(Table.QUEUE);

        pub.publish("t", LONG, 1, 2);
        broker.settle();
        sub.ack(PacketType.PUBACK, 2);
        broker.settle();
        broker.store().commitNext();
        broker.settle();

        assertThat(broker.store().written(Table.QUEUE)).isEqualTo(written + 1);
        sub.ack(PacketType.PUBACK, 1);
        broker.commit();
        assertThat(broker.store().written(Table.QUEUE)).isEqualTo(written + 1);
        assertThat(broker.store().size(Table.QUEUE)).isZero();
        assertThat(broker.fate("delivered")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void givenLongMessageOfSeveralSessions_whenTheLoopsAreOthers_thenItLivesUntilTheLastHasIt(int loops) {
        TestBroker broker = startDurable(new HeapStore(), 2);
        List<String> subs =
                IntStream.range(0, 6).mapToObj(i -> broker.idAt(i % 2, "sub")).toList();
        subs.forEach(sub -> away(broker, sub, 1));
        publish(broker, LONG, "short");
        broker.commit();
        assertThat(broker.store().size(Table.MESSAGE)).isEqualTo(2); // one for each loop
        assertThat(broker.store().size(Table.QUEUE)).isEqualTo(12);

        TestBroker next = restart(0, loops);

        for (String sub : subs) {
            assertThat(next.store().size(Table.MESSAGE)).isPositive();
            TestClient back = back(next, sub);
            assertThat(back.messages()).containsExactly(LONG, "short");
            ackAll(next, back, 2);
        }
        assertThat(next.store().size(Table.MESSAGE)).isZero();
        assertThat(next.store().size(Table.QUEUE)).isZero();
    }

    @Test // [MQTT-3.1.2-23]
    void givenExpiry_whenItPassesWhileThereIsNoBroker_thenTheSessionEndsAndNothingIsLeft() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "short", 1, 60);
        away(broker, "long", 1, 600);
        publish(broker, LONG, "2");
        broker.commit();

        broker = restart(120_000, 1);
        broker.commit();

        assertThat(broker.gauge("sessions.count")).isEqualTo(1);
        assertThat(broker.fate("queued")).isEqualTo(2);
        assertThat(broker.store().size(Table.SESSION)).isEqualTo(1);
        assertThat(broker.store().size(Table.QUEUE)).isEqualTo(2);
        broker.advance(470_000);
        assertThat(broker.gauge("sessions.count")).isEqualTo(1);
        broker.advance(20_000);
        broker.commit();
        assertThat(broker.gauge("sessions.count")).isZero();
        for (Table table : Table.values()) {
            if (table != Table.META) {
                assertThat(broker.store().size(table)).as(table.label()).isZero();
            }
        }
    }

    @Test // [MQTT-3.3.2-5]
    void givenMessageExpiry_whenItPassesWhileThereIsNoBroker_thenTheMessageIsNotSent() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "sub", 1);
        TestClient pub = broker.connection(V5).connect("pub");
        pub.send(new Packet.Publish(
                false,
                QoS.AT_LEAST_ONCE,
                false,
                "t",
                1,
                new byte[] {'1'},
                Properties.builder().with(Property.MESSAGE_EXPIRY_INTERVAL, 60).build()));
        pub.send(new Packet.Publish(
                false,
                QoS.AT_LEAST_ONCE,
                false,
                "t",
                2,
                new byte[] {'2'},
                Properties.builder().with(Property.MESSAGE_EXPIRY_INTERVAL, 200).build()));
        broker.commit();

        broker = restart(120_000, 1);

        TestClient back = back(broker, "sub");
        Packet.Publish came = back.take(Packet.Publish.class);
        assertThat(TestClient.text(came)).isEqualTo("2");
        assertThat(came.properties().number(Property.MESSAGE_EXPIRY_INTERVAL, -1))
                .isEqualTo(80);
        assertThat(broker.fate("expired")).isEqualTo(1);
        ackAll(broker, back, 1);
        assertThat(broker.store().size(Table.QUEUE)).isZero();
    }

    @Test // [MQTT-3.1.2-8]
    void givenClientWithWill_whenTheBrokerIsKilled_thenTheWillIsPublishedAfterItsDelay() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "watcher", 1);
        broker.connection(V5)
                .connect(ConnectRequest.v5("now")
                        .resume(1000)
                        .will("t", "at once", 1, false, 0)
                        .build());
        broker.connection(V5)
                .connect(ConnectRequest.v5("late")
                        .resume(1000)
                        .will("t", "later", 1, false, 100)
                        .build());
        TestClient polite = broker.connection(V5)
                .connect(ConnectRequest.v5("polite")
                        .resume(1000)
                        .will("t", "never", 1, false, 0)
                        .build());
        polite.disconnect();
        broker.commit();

        broker = restart(60_000, 1);
        broker.commit();

        assertThat(broker.fate("queued")).isEqualTo(1);
        broker.advance(80_000); // it is not known when exactly the client left, and never too early
        assertThat(broker.fate("queued")).isEqualTo(1);
        broker.advance(10_000);
        broker.commit();
        TestClient back = back(broker, "watcher");
        assertThat(back.messages()).containsExactly("at once", "later");
        ackAll(broker, back, 2);
        broker = restart(0, 1);
        broker.commit();
        assertThat(broker.fate("received")).isZero();
    }

    @Test // [MQTT-3.1.3-9]
    void givenWillThatWaits_whenTheBrokerStops_thenTheNextOnePublishesItInTime() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "watcher", 1);
        broker.connection(V5)
                .connect(ConnectRequest.v5("c")
                        .resume(1000)
                        .will("t", "later", 1, false, 100)
                        .build())
                .hangUp();
        broker.commit();
        var unused = broker.broker().shutDown();
        broker.commit();
        assertThat(broker.fate("queued")).isZero();

        broker = restart(50_000, 1);

        broker.advance(40_000);
        broker.commit();
        assertThat(broker.fate("queued")).isZero();
        broker.advance(20_000);
        broker.commit();
        assertThat(broker.fate("queued")).isEqualTo(1);
    }

    @Test
    void givenSessionThatHasEnded_whenTheBrokerIsKilled_thenNothingOfItIsLeft() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "c", 2);
        publish(broker, "1", LONG);
        broker.commit();
        broker.connection(V5).connect("c").disconnect();
        broker.commit();

        for (Table table : Table.values()) {
            if (table != Table.META) {
                assertThat(broker.store().size(table)).as(table.label()).isZero();
            }
        }
        assertThat(restart(0, 1).fate("recovered")).isZero();
    }

    @Test
    void givenQueueLongerThanMemory_whenItDrains_thenAllLeaveInOrderWithWhatIsNotKept() {
        TestBroker broker = startDurable(new HeapStore(), 1, "maxQueueLength=0", "maxInflight=65535");
        away(broker, "sub", 1);
        TestClient pub = broker.connection(V5).connect("pub");
        for (int i = 1; i <= 3000; i++) {
            pub.publish("t", "" + i, i % 10 == 0 ? 0 : 1, i % 10 == 0 ? 0 : i);
            if (i % 100 == 0) {
                broker.commit();
            }
        }
        broker.commit();
        pub.drain();
        assertThat(broker.gauge("node.bytes")).isLessThan(300 * 250); // QoS 0 only

        TestClient back = back(broker, "sub");

        assertThat(back.messages())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 3000).mapToObj(i -> "" + i).toList());
        ackAll(broker, back, 2700);
        assertThat(broker.store().size(Table.QUEUE)).isZero();
    }

    @Test
    void givenSlowClient_whenMoreComes_thenOnlySomeWaitInMemoryAndNoneOvertakes() {
        TestBroker broker = startDurable(new HeapStore(), 1, "maxQueueLength=0", "maxInflight=1");
        TestClient sub = here(broker, "sub", 2);
        TestClient pub = broker.connection(V5).connect("pub");
        for (int i = 1; i <= 2500; i++) {
            pub.publish("t", "" + i, 1 + i % 2, i);
            if (i % 2 == 1) {
                pub.ack(PacketType.PUBREL, i);
            }
            if (i % 50 == 0) {
                broker.commit();
                pub.drain();
            }
        }
        assertThat(broker.gauge("node.bytes")).isLessThan(1200 * 250);

        for (int i = 1; i <= 2500; i++) {
            Packet.Publish came = sub.take(Packet.Publish.class);
            assertThat(TestClient.text(came)).isEqualTo("" + i);
            sub.ack(came.qos() == QoS.AT_LEAST_ONCE ? PacketType.PUBACK : PacketType.PUBREC, came.packetId());
            if (came.qos() == QoS.EXACTLY_ONCE) {
                broker.commit();
                sub.drain();
                sub.ack(PacketType.PUBCOMP, came.packetId());
            }
            broker.commit();
        }
        assertThat(broker.fate("delivered")).isEqualTo(2500);
        assertThat(broker.store().size(Table.QUEUE)).isZero();
    }

    @Test
    void givenFullQueueInTheStore_whenMoreComes_thenTheOldestLeaveThere() {
        TestBroker broker = startDurable(new HeapStore(), 1, "maxQueueLength=3");
        away(broker, "sub", 1);
        for (int i = 1; i <= 7; i++) {
            publish(broker, "" + i);
            broker.commit();
        }

        assertThat(broker.fate("queued")).isEqualTo(3);
        assertThat(broker.fate("dropped.queue_full")).isEqualTo(4);
        assertThat(broker.store().size(Table.QUEUE)).isEqualTo(3);
        broker = restart(0, 1, "maxQueueLength=2");
        broker.commit();
        TestClient back = back(broker, "sub");
        assertThat(back.messages()).containsExactly("6", "7");
        ackAll(broker, back, 2);
    }

    @Test
    void givenPriorities_whenTheBrokerIsKilled_thenTheHighestStillLeaveFirst() {
        String[] keys = {"mqueuePriorities=t/high=10,t/low=1", "maxInflight=2"};
        TestBroker broker = startDurable(new HeapStore(), 1, keys);
        TestClient sub = broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(1000).build())
                .subscribe("t/#", 1);
        TestClient pub = broker.connection(V5).connect("pub");
        pub.publish("t/low", "1", 1, 1).publish("t/low", "2", 1, 2).publish("t/low", "3", 1, 3);
        pub.publish("t/high", "4", 1, 4).publish("t/low", "5", 1, 5);
        broker.commit();
        sub.ack(PacketType.PUBACK, 1);
        broker.commit();
        assertThat(sub.messages()).containsExactly("1", "2", "4");

        broker = restart(0, 1, keys);
        broker.commit();

        assertThat(broker.fate("in_flight")).isEqualTo(2);
        TestClient back = back(broker, "sub");
        assertThat(back.messages()).containsExactly("2", "4");
        back.ack(PacketType.PUBACK, 2).ack(PacketType.PUBACK, 3);
        assertThat(back.messages()).containsExactly("3", "5");
        back.ack(PacketType.PUBACK, 4).ack(PacketType.PUBACK, 5);
        broker.commit();
        assertThat(broker.store().size(Table.QUEUE)).isZero();
    }

    @Test // [MQTT-4.8.2-4]
    void givenSharedMessagesInTheStore_whenTheirSessionEnds_thenAnotherMemberGetsThem() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        broker.connection(V5)
                .connect(ConnectRequest.v5("one").resume(1000).build())
                .subscribe("$share/g/t", 1)
                .hangUp();
        publish(broker, "1", LONG);
        broker.commit();
        broker = restart(0, 1);
        TestClient two = broker.connection(V5).connect("two").subscribe("$share/g/t", 1);

        broker.connection(V5).connect("one").disconnect();
        broker.commit();

        assertThat(two.messages()).containsExactly("1", LONG);
        assertThat(broker.store().size(Table.QUEUE)).isZero();
        assertThat(broker.fate("dropped.redispatched")).isEqualTo(2);
    }

    @Test // [MQTT-4.3.3-10]
    void givenQosTwoForSeveralLoops_whenTheBrokerIsKilledBeforeTheCommit_thenAllGetItOnceWhenItComesAgain() {
        TestBroker broker = startDurable(new HeapStore(), 2);
        String one = broker.idAt(0, "one");
        String two = broker.idAt(1, "two");
        String pub = broker.idAt(0, "pub");
        TestClient sub = here(broker, one, 2);
        away(broker, two, 2);
        TestClient publisher = broker.connection(V5)
                .connect(ConnectRequest.v5(pub).resume(1000).build());
        broker.commit();

        publisher.publish("t", "1", 2, 1);
        broker.settle();
        assertThat(sub.story()).isEmpty();
        broker = restart(0, 2);

        assertThat(broker.fate("recovered")).isIn(0L, 2L); // all of it or nothing
        TestClient again = back(broker, pub);
        again.publish("t", "1", 2, 1);
        broker.commit();
        assertThat(again.story()).containsExactly("PUBREC 1");
        again.ack(PacketType.PUBREL, 1);
        broker.commit();
        assertThat(back(broker, one).story()).containsExactly("PUBLISH q2 t 1");
        assertThat(back(broker, two).story()).containsExactly("PUBLISH q2 t 1");
    }

    @Test
    void givenConsignment_whenItIsNotCommitted_thenACopyOfLowerQosDoesNotLeaveEither() {
        TestBroker broker = startDurable(new HeapStore(), 2);
        TestClient sub = here(broker, broker.idAt(0, "one"), 1);
        away(broker, broker.idAt(1, "two"), 2);
        TestClient publisher = broker.connection(V5)
                .connect(ConnectRequest.v5(broker.idAt(0, "pub")).resume(1000).build());
        broker.commit();

        publisher.publish("t", "1", 2, 1);
        broker.settle();

        assertThat(sub.story()).isEmpty();
        broker.commit();
        assertThat(sub.story()).containsExactly("PUBLISH q1 t 1");
        sub.ack(PacketType.PUBACK, 1);
        publisher.ack(PacketType.PUBREL, 1);
        broker.commit();
    }

    @Test
    void givenConsignment_whenASessionEndsBeforeItIsHandedOver_thenNothingOfThatIsLeft() {
        TestBroker broker = startDurable(new HeapStore(), 2);
        String one = broker.idAt(0, "one");
        String two = broker.idAt(1, "two");
        away(broker, one, 2);
        away(broker, two, 2);
        TestClient publisher = broker.connection(V5)
                .connect(ConnectRequest.v5(broker.idAt(0, "pub")).resume(1000).build());
        broker.connection(V5, 0)
                .send(ConnectRequest.v5(broker.idAt(0, "busy")).resume(1000).build());
        broker.settle(); // a batch of the publisher's loop is under way from now on
        publisher.publish("t", LONG, 2, 1);
        broker.settle();

        broker.broker().clients().kick(two);
        broker.settle(); // the other loop's batch is handed over before the consignment
        broker.commit();

        assertThat(broker.store().size(Table.QUEUE)).isEqualTo(1);
        assertThat(broker.store().size(Table.MESSAGE)).isZero();
        publisher.ack(PacketType.PUBREL, 1);
        broker.commit();
    }

    @Test
    void givenRestarts_whenMoreComesAfterEach_thenNothingTakesThePlaceOfWhatIsThere() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "one", 1);
        publish(broker, "1", "2");

        broker = restart(0, 1);
        publish(broker, "3");
        away(broker, "two", 1);
        publish(broker, LONG);
        broker = restart(0, 1);
        away(broker, "three", 1);
        publish(broker, LONG);
        broker = restart(0, 1);

        assertThat(broker.gauge("sessions.count")).isEqualTo(3);
        assertThat(back(broker, "one").messages()).containsExactly("1", "2", "3", LONG, LONG);
        assertThat(back(broker, "two").messages()).containsExactly(LONG, LONG);
        assertThat(back(broker, "three").messages()).containsExactly(LONG);
    }

    @Test // [MQTT-4.4.0-1]
    void givenClientThatNeverAcknowledges_whenItIsBack_thenWhatWasSentIsSentAgain() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "sub", 1);
        publish(broker, "1", "2");
        TestClient first = back(broker, "sub");
        assertThat(first.messages()).containsExactly("1", "2");
        first.hangUp();
        broker.commit();

        TestClient second = back(broker, "sub");

        assertThat(second.story()).containsExactly("PUBLISH dup q1 t 1", "PUBLISH dup q1 t 2");
        ackAll(broker, second, 2);
        assertThat(broker.store().size(Table.QUEUE)).isZero();
    }

    @Test
    void givenStoreThatIsAway_whenTheNextPageIsNeeded_thenItFollowsWhenTheStoreIsBack() {
        TestBroker broker = startDurable(new HeapStore(), 1, "maxInflight=1");
        away(broker, "sub", 1);
        TestClient pub = broker.connection(V5).connect("pub");
        for (int i = 1; i <= 600; i++) {
            pub.publish("t", "" + i, 1, i);
            if (i % 50 == 0) {
                broker.commit();
                pub.drain();
            }
        }
        TestClient sub = back(broker, "sub");
        broker.broker().journals().store(null);
        int came = acknowledge(sub);
        assertThat(came).isBetween(256, 599);

        broker.broker().journals().store(broker.store());
        broker.advance(1000);

        assertThat(came + acknowledge(sub)).isEqualTo(600);
        broker.commit();
        assertThat(broker.store().size(Table.QUEUE)).isZero();
    }

    /** Acknowledges one after the other; returns how many came. */
    private static int acknowledge(TestClient client) {
        int came = 0;
        for (List<Packet> next = client.drain(); !next.isEmpty(); next = client.drain()) {
            for (Packet packet : next) {
                client.ack(PacketType.PUBACK, ((Packet.Publish) packet).packetId());
                came++;
            }
        }
        return came;
    }

    @Test
    void givenRecordThatIsNotAsItWasWritten_whenItIsRead_thenTheOthersAreDeliveredAndItIsAccountedFor() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "sub", 1);
        publish(broker, "1", "2", "3");
        broker.commit();
        broker.store().spoil(Table.QUEUE, 1);

        TestClient back = back(broker, "sub");

        assertThat(back.messages()).containsExactly("1", "3");
        assertThat(broker.fate("dropped.unreadable")).isEqualTo(1);
        ackAll(broker, back, 2);
    }

    @Test
    void givenStoreThatCannotBeRead_whenAClientIsBack_thenItIsDisconnectedAndNothingIsGivenUp() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "sub", 1);
        publish(broker, "1");
        broker.commit();
        broker.store().unreadable("the disk is gone");

        TestClient refused = broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(1000).build());
        broker.commit();

        assertThat(refused.isClosed()).isTrue();
        assertThat(broker.fate("queued")).isEqualTo(1);
        broker.store().unreadable(null);
        TestClient back = back(broker, "sub");
        assertThat(back.messages()).containsExactly("1");
        ackAll(broker, back, 1);
    }

    @Test
    void givenCorruptSession_whenTheBrokerStarts_thenTheOthersAreThereAndItsMessagesAreNot() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        away(broker, "one", 1);
        away(broker, "two", 1);
        publish(broker, "1", LONG);
        broker.commit();
        broker.store().spoil(Table.SESSION, 0);

        broker = restart(0, 1);
        broker.commit();

        assertThat(broker.gauge("sessions.count")).isEqualTo(1);
        assertThat(broker.fate("recovered")).isEqualTo(2);
    }

    @Test
    void givenQueueThatRefuses_whenItIsRecoveredFull_thenThePublisherIsTold() {
        String[] keys = {"queueFull=refuse", "maxQueueLength=2"};
        TestBroker broker = startDurable(new HeapStore(), 1, keys);
        away(broker, "sub", 1);
        publish(broker, "1", "2");
        broker.commit();

        broker = restart(0, 1, keys);

        TestClient pub = broker.connection(V5).connect("again").publish("t", "3", 1, 1);
        assertThat(pub.story()).containsExactly("PUBACK 1 QUOTA_EXCEEDED");
        TestClient back = back(broker, "sub");
        assertThat(back.messages()).containsExactly("1", "2");
        ackAll(broker, back, 2);
    }

    // --- helpers ---

    private static void away(TestBroker broker, String id, int qos) {
        away(broker, id, qos, 1000);
    }

    private static void away(TestBroker broker, String id, int qos, long expirySeconds) {
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5(id).resume(expirySeconds).build())
                .subscribe("t", qos);
        broker.commit();
        client.hangUp();
        broker.commit();
    }

    private static TestClient here(TestBroker broker, String id, int qos) {
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5(id).resume(1000).build())
                .subscribe("t", qos);
        broker.commit();
        return client;
    }

    private static TestClient back(TestBroker broker, String id) {
        TestClient client = broker.connection(V5);
        Packet.ConnAck answer =
                client.tryConnect(ConnectRequest.v5(id).resume(1000).build());
        assertThat(answer.sessionPresent()).isTrue();
        broker.commit();
        return client;
    }

    private static void publish(TestBroker broker, String... payloads) {
        TestClient pub = broker.connection(V5).connect("pub");
        for (int i = 0; i < payloads.length; i++) {
            pub.publish("t", payloads[i], 1, i + 1);
        }
        broker.settle();
        broker.commit();
        pub.disconnect();
    }

    private static void ackAll(TestBroker broker, TestClient client, int count) {
        for (int id = 1; id <= count; id++) {
            client.ack(PacketType.PUBACK, id);
        }
        broker.commit();
    }
}
