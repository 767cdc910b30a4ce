// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.store.Table;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A search for retained messages that has not ended when its connection, or its broker, does. */
class UnfinishedSearchTest extends BrokerTest {
    private static final int MANY = 40;
    private static final String NARROW = "maxInflight=2";

    // --- without a store ---

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givenSearchUnderWay_whenTheClientIsBack_thenItGoesOnAndNothingComesTwice(int qos) {
        TestBroker broker = start(NARROW);
        retain(broker, MANY, 2);
        TestClient subscriber = connect(broker).subscribe("t/+", qos);
        List<String> came = take(broker, subscriber, 10);
        came.addAll(topics(subscriber.drain()));
        subscriber.hangUp();
        broker.advance(100);

        came.addAll(takeAll(broker, connect(broker)));

        assertThat(came).containsExactlyInAnyOrderElementsOf(expected(MANY));
    }

    @Test
    void givenSearchUnderWay_whenTheConnectionEndsOverAndOver_thenAllOfItComesInTheEnd() {
        TestBroker broker = start(NARROW);
        retain(broker, MANY, 1);
        List<String> came = new ArrayList<>();
        TestClient subscriber = connect(broker).subscribe("t/+", 1);

        for (int i = 0; i < MANY; i++) {
            came.addAll(take(broker, subscriber, 1));
            came.addAll(topics(subscriber.drain()));
            subscriber.hangUp();
            subscriber = connect(broker);
        }
        came.addAll(takeAll(broker, subscriber));

        assertThat(came).containsExactlyInAnyOrderElementsOf(expected(MANY));
    }

    @Test
    void givenSearchUnderWay_whenAnotherConnectionTakesOver_thenItGoesOnThere() {
        TestBroker broker = start(NARROW);
        retain(broker, MANY, 1);
        TestClient subscriber = connect(broker).subscribe("t/+", 1);
        List<String> came = take(broker, subscriber, 10);
        came.addAll(topics(subscriber.drain()));

        came.addAll(takeAll(broker, connect(broker)));

        assertThat(came).containsExactlyInAnyOrderElementsOf(expected(MANY));
    }

    @Test
    void givenQos0AndAClientThatReadsNothing_whenItIsBack_thenTheSearchGoesOn() {
        TestBroker broker = start("maxOutputBytes=4096");
        retain(broker, 2_000, 1);
        TestClient subscriber = connect(broker);
        subscriber.wire().stall();
        subscriber.send(subscribe("t/#", 0, 0));
        broker.advance(100);
        long sent = broker.fate("retained");
        subscriber.hangUp();

        List<String> came = takeAll(broker, connect(broker));

        assertThat(sent).isPositive().isLessThan(2_000);
        assertThat(came).doesNotHaveDuplicates().hasSize((int) (2_000 - sent));
    }

    @Test
    void givenChangesWhileTheClientIsAway_whenItIsBack_thenItGetsWhatIsRetainedNow() {
        TestBroker broker = start(NARROW);
        retain(broker, 4, 1);
        TestClient subscriber = connect(broker).subscribe("t/+", 1);
        List<String> came = topics(subscriber.drain());
        List<String> left = expected(4);
        left.removeAll(came);
        subscriber.hangUp();
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish(left.get(0), "new", 1, 1, true).publish(left.get(1), "", 1, 2, true);
        broker.settle();

        List<String> then = new ArrayList<>();
        TestClient again = connect(broker);
        for (List<Packet> some; !(some = again.drain()).isEmpty(); ) {
            some.forEach(packet -> {
                if (packet instanceof Packet.Publish publish && !publish.dup()) {
                    then.add(publish.topic() + " " + TestClient.text(publish));
                }
            });
            some.forEach(packet -> answer(again, packet));
        }

        assertThat(then).containsExactlyInAnyOrder(left.get(0) + " new", left.get(1) + " ");
    }

    @Test
    void givenTheMessageThatWaitsForTheWindowIsClearedWhileTheClientIsAway_whenItIsBack_thenTheOthersCome() {
        TestBroker broker = start(NARROW);
        retain(broker, MANY, 1);
        TestClient subscriber = connect(broker).subscribe("t/+", 1);
        List<String> came = take(broker, subscriber, 4);
        subscriber.hangUp();
        TestClient publisher = broker.connection(V5).connect("pub");
        expected(MANY).stream().filter(topic -> !came.contains(topic)).forEach(topic -> {
            publisher.publish(topic, "", 0, 0, true);
        });
        broker.settle();

        // What is in flight may not have been seen.
        List<String> then = takeAll(broker, connect(broker));

        assertThat(then).hasSizeLessThanOrEqualTo(2);
    }

    @Test // [MQTT-3.10.4-2]
    void givenSearchThatGoesOn_whenUnsubscribed_thenNothingMoreComes() {
        TestBroker broker = start(NARROW);
        retain(broker, MANY, 1);
        connect(broker).subscribe("t/+", 1).hangUp();
        TestClient again = connect(broker);
        again.drain();

        again.send(new Packet.Unsubscribe(9, List.of("t/+"), Properties.NONE));
        broker.settle();
        again.next(Packet.UnsubAck.class);
        again.ack(PacketType.PUBACK, 1).ack(PacketType.PUBACK, 2);

        assertThat(again.drain()).isEmpty();
    }

    @Test
    void givenSearchUnderWay_whenTheSessionIsStartedAnew_thenNothingOfItComes() {
        TestBroker broker = start(NARROW);
        retain(broker, MANY, 1);
        connect(broker).subscribe("t/+", 1).hangUp();

        TestClient anew = broker.connection(V5).connect(ConnectRequest.v5("sub").build());

        assertThat(takeAll(broker, anew)).isEmpty();
    }

    // --- with a store ---

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void givenSubAckAndNothingMore_whenTheBrokerIsKilled_thenTheSearchBeginsAgain(int qos) {
        TestBroker broker = startDurable(new HeapStore(), 1, NARROW);
        retain(broker, MANY, 2);
        TestClient subscriber = connect(broker);
        subscriber.wire().stall(); // nothing but SUBACK leaves
        subscriber.send(subscribe("t/+", qos, 0));
        broker.settle();
        broker.store().commitNext();

        broker = restart(0, 1, NARROW);

        assertThat(takeAll(broker, connect(broker))).containsExactlyInAnyOrderElementsOf(expected(MANY));
        assertThat(owed(broker)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void givenConnectionsAndBrokersThatEnd_whenTheClientAlwaysComesBack_thenAllOfItComes(int seed) {
        Random random = new Random(seed);
        TestBroker broker = startDurable(new HeapStore(), 1, NARROW);
        retain(broker, MANY, 2);
        TestClient subscriber = connect(broker).subscribe("t/+", 1 + random.nextInt(2));
        List<String> came = new ArrayList<>();
        int crashes = 0;

        for (int i = 0; i < 12; i++) {
            came.addAll(take(broker, subscriber, random.nextInt(8)));
            came.addAll(topics(subscriber.drain()));
            int next = random.nextInt(3);
            if (next == 0 && ++crashes > 0) {
                broker = restart(0, 1, NARROW);
            } else if (next == 1) {
                subscriber.hangUp();
            }
            subscriber = connect(broker);
        }
        came.addAll(takeAll(broker, subscriber));

        if (crashes == 0) {
            assertThat(came).doesNotHaveDuplicates();
        }
        assertThat(came).containsAll(expected(MANY));
        assertThat(owed(broker)).isZero();
    }

    @Test
    void givenMessagesThatCameLive_whenTheBrokerIsKilled_thenTheSearchDoesNotFindThemToo() {
        TestBroker broker = startDurable(new HeapStore(), 1, NARROW);
        retain(broker, MANY, 1);
        TestClient subscriber = connect(broker).subscribe("t/+", 1);
        subscriber.hangUp();
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t/live", "live", 1, 1, true);
        broker.commit();

        broker = restart(0, 1, NARROW);
        publisher = broker.connection(V5).connect("pub");
        publisher.publish("t/later", "later", 1, 1, true);
        broker.commit();

        List<String> came = takeAll(broker, connect(broker));
        assertThat(came).containsAll(expected(MANY));
        assertThat(came.stream().filter("t/live"::equals)).hasSize(1);
        assertThat(came.stream().filter("t/later"::equals)).hasSize(1);
    }

    @Test
    void givenSearchThatIsOver_whenTheBrokerIsKilled_thenNothingComesAgain() {
        TestBroker broker = startDurable(new HeapStore(), 1, NARROW);
        retain(broker, MANY, 1);
        TestClient subscriber = connect(broker).subscribe("t/+", 1);
        int owed = owed(broker);
        takeAll(broker, subscriber);

        broker = restart(0, 1, NARROW);

        assertThat(owed).isEqualTo(1);
        assertThat(takeAll(broker, connect(broker))).isEmpty();
    }

    @ParameterizedTest // [MQTT-3.3.1-11]
    @ValueSource(ints = {0, 2})
    void givenSearchUnderWay_whenOptionsAreChangedAndTheBrokerIsKilled_thenItIsNotForgotten(int retainHandling) {
        TestBroker broker = startDurable(new HeapStore(), 1, NARROW);
        retain(broker, MANY, 1);
        TestClient subscriber = connect(broker).subscribe("t/+", 2);
        subscriber.send(subscribe("t/+", 1, retainHandling));
        broker.commit();

        broker = restart(0, 1, NARROW);

        assertThat(takeAll(broker, connect(broker))).containsAll(expected(MANY));
    }

    @Test
    void givenUnsubscribed_whenTheBrokerIsKilled_thenNothingIsOwed() {
        TestBroker broker = startDurable(new HeapStore(), 1, NARROW);
        retain(broker, MANY, 1);
        TestClient subscriber = connect(broker).subscribe("t/+", 1);
        subscriber.send(new Packet.Unsubscribe(9, List.of("t/+"), Properties.NONE));
        broker.commit();

        broker = restart(0, 1, NARROW);

        assertThat(broker.store().size(Table.SUBSCRIPTION)).isZero();
        assertThat(takeAll(broker, connect(broker))).hasSizeLessThanOrEqualTo(2); // what was in flight
    }

    @Test
    void givenConnectionThatEndsBeforeSubAck_whenTheClientIsBack_thenTheSearchIsDoneOnce() {
        TestBroker broker = startDurable(new HeapStore(), 1, NARROW);
        retain(broker, MANY, 1);
        TestClient subscriber = connect(broker);
        subscriber.send(subscribe("t/+", 1, 0));
        broker.settle();
        List<Packet> early = subscriber.drain();
        subscriber.hangUp();
        broker.commit();

        List<String> came = takeAll(broker, connect(broker));

        assertThat(early).isEmpty();
        assertThat(came).containsExactlyInAnyOrderElementsOf(expected(MANY));
        assertThat(owed(broker)).isZero();
    }

    @Test
    void givenMessageInTheWindow_whenItIsAcknowledgedBeforeSubAck_thenNoRetainedOneComesFirst() {
        TestBroker broker = startDurable(new HeapStore(), 1, NARROW);
        retain(broker, MANY, 1);
        TestClient subscriber = connect(broker).subscribe("u", 1);
        broker.connection(V5).connect("pub").publish("u", "live", 1, 1);
        broker.commit();
        subscriber.take(Packet.Publish.class);
        subscriber.send(subscribe("t/+", 1, 0));
        broker.settle();

        subscriber.ack(PacketType.PUBACK, 1);
        List<Packet> early = subscriber.drain();
        broker.commit();

        assertThat(early).isEmpty();
        subscriber.next(Packet.SubAck.class);
        assertThat(takeAll(broker, subscriber)).hasSize(MANY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none/+", "t/1", "t/+", "t/+/x"})
    void givenSearchThatEndsAtOnce_whenSubscribed_thenTheStoreHasNothingMoreToWrite(String filter) {
        TestBroker broker = startDurable(new HeapStore(), 1);
        retain(broker, 20, 1);
        TestClient subscriber = connect(broker);
        long before = broker.store().written(Table.SUBSCRIPTION);

        subscriber.subscribe(filter, 1);
        takeAll(broker, subscriber);

        assertThat(broker.store().written(Table.SUBSCRIPTION) - before).isEqualTo(1);
        assertThat(owed(broker)).isZero();
    }

    // --- what the client does ---

    private static TestClient connect(TestBroker broker) {
        return broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(1000).build());
    }

    private static Packet.Subscribe subscribe(String filter, int qos, int retainHandling) {
        return new Packet.Subscribe(
                7,
                List.of(new Packet.Subscribe.Request(filter, QoS.of(qos), false, false, retainHandling)),
                Properties.NONE);
    }

    /** Takes and acknowledges until so many have come that had not come before; returns their topics. */
    private static List<String> take(TestBroker broker, TestClient client, int count) {
        List<String> came = new ArrayList<>();
        int turns = 0;
        while (came.size() < count && turns++ < 1000) {
            List<Packet> packets = client.drain();
            came.addAll(topics(packets));
            packets.forEach(packet -> answer(client, packet));
            broker.commit();
            broker.advance(1);
        }
        return came;
    }

    private static List<String> takeAll(TestBroker broker, TestClient client) {
        List<String> came = new ArrayList<>();
        for (int quiet = 0; quiet < 3; quiet++) {
            List<String> some = take(broker, client, 1);
            came.addAll(some);
            quiet = some.isEmpty() ? quiet : -1;
        }
        return came;
    }

    private static void answer(TestClient client, Packet packet) {
        if (packet instanceof Packet.Publish publish && publish.qos() != QoS.AT_MOST_ONCE) {
            client.ack(publish.qos() == QoS.AT_LEAST_ONCE ? PacketType.PUBACK : PacketType.PUBREC, publish.packetId());
        } else if (packet instanceof Packet.Ack ack && ack.type() == PacketType.PUBREL) {
            client.ack(PacketType.PUBCOMP, ack.packetId());
        }
    }

    /** What is sent for the first time, but for clears. */
    private static List<String> topics(List<Packet> packets) {
        List<String> topics = new ArrayList<>();
        for (Packet packet : packets) {
            if (packet instanceof Packet.Publish publish && !publish.dup() && publish.payload().length > 0) {
                topics.add(publish.topic());
            }
        }
        return topics;
    }

    private static List<String> expected(int count) {
        return new ArrayList<>(IntStream.range(0, count).mapToObj(i -> "t/" + i).toList());
    }

    private static void retain(TestBroker broker, int count, int qos) {
        TestClient publisher = broker.connection(V5).connect("retains");
        IntStream.range(0, count).forEach(i -> publisher.publish("t/" + i, String.valueOf(i), qos, i + 1, true));
        broker.commit();
        Stream.iterate(1, id -> id <= count && qos == 2, id -> id + 1)
                .forEach(id -> publisher.ack(PacketType.PUBREL, id));
        broker.commit();
        publisher.disconnect();
        broker.commit();
    }

    /** How many subscriptions in the store say that a search is owed. */
    private static int owed(TestBroker broker) {
        int[] count = new int[1];
        try {
            broker.store().read(Table.SUBSCRIPTION, Keys.FIRST, null, (key, value) -> {
                count[0] += SubscriptionRecord.read(value).owedUpTo() == 0 ? 0 : 1;
                return true;
            });
        } catch (io.marquetry.api.store.StoreException e) {
            throw new AssertionError(e);
        }
        return count[0];
    }
}
