// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ProtocolVersion;
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
import java.util.List;
import org.junit.jupiter.api.Test;

/** No acknowledgement leaves before what it promises is committed. */
class AcksTest extends BrokerTest {
    private final HeapStore store = new HeapStore();

    // --- one loop ---

    @Test
    void givenDurableSubscriber_whenAMessageComes_thenPubAckWaitsForTheCommit() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V3).connect("pub");

        publisher.publish("t", "a", 1, 1);

        assertThat(publisher.story()).isEmpty();
        broker.commit();
        assertThat(publisher.story()).containsExactly("PUBACK 1");
    }

    @Test
    void givenNobodyDurable_whenMessagesCome_thenTheyAreAcknowledgedAtOnce() {
        TestBroker broker = startDurable(store, 1);
        broker.connection(V5).connect("sub").subscribe("t", 2);
        TestClient publisher = broker.connection(V3).connect("pub");

        publisher.publish("t", "a", 1, 1).publish("t", "b", 2, 2).publish("t", "c", 0, 0);

        assertThat(publisher.story()).containsExactly("PUBACK 1", "PUBREC 2");
        assertThat(publisher.ack(PacketType.PUBREL, 2).story()).containsExactly("PUBCOMP 2");
        assertThat(store.pending()).isZero();
    }

    @Test // [MQTT-4.6.0-2]
    void givenAckThatWaits_whenOthersNeedNoCommit_thenTheyLeaveBehindIt() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("t", "a", 1, 1).publish("nobody", "b", 1, 2).publish("nobody", "c", 2, 3);

        assertThat(publisher.story()).isEmpty();
        broker.commit();
        assertThat(publisher.story())
                .containsExactly("PUBACK 1", "PUBACK 2 NO_MATCHING_SUBSCRIBERS", "PUBREC 3 NO_MATCHING_SUBSCRIBERS");
    }

    @Test
    void givenManyMessagesInOneTurn_whenTheirBatchIsCommitted_thenAllOfThemAreAcknowledged() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient one = broker.connection(V3).connect("one");
        TestClient two = broker.connection(V3).connect("two");
        long before = store.commits();
        for (int id = 1; id <= 50; id++) {
            one.publish("t", "a", 1, id);
            two.publish("t", "b", 1, id);
        }
        broker.settle();

        store.commit();

        assertThat(one.story()).hasSize(50);
        assertThat(two.story()).hasSize(50);
        assertThat(store.commits() - before).isEqualTo(1);
    }

    @Test
    void givenTwoBatches_whenTheFirstIsCommitted_thenOnlyItsAcksLeave() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V3).connect("pub");
        publisher.publish("t", "a", 1, 1);
        broker.settle();
        publisher.publish("t", "b", 1, 2);
        broker.settle();

        store.commit();

        assertThat(publisher.story()).containsExactly("PUBACK 1");
        store.commit();
        assertThat(publisher.story()).containsExactly("PUBACK 2");
    }

    @Test
    void givenDurableClient_whenItPublishesWithQos2_thenPubRecAndPubCompWaitForItsIdentifier() {
        TestBroker broker = startDurable(store, 1);
        TestClient publisher = durable(broker, "pub");

        publisher.publish("nobody", "a", 2, 5);
        assertThat(publisher.story()).isEmpty();
        broker.commit();
        assertThat(publisher.story()).containsExactly("PUBREC 5 NO_MATCHING_SUBSCRIBERS");
        assertThat(store.size(Table.INBOX)).isEqualTo(1);

        publisher.ack(PacketType.PUBREL, 5);
        assertThat(publisher.story()).isEmpty();
        broker.commit();
        assertThat(publisher.story()).containsExactly("PUBCOMP 5");
        assertThat(store.size(Table.INBOX)).isZero();
    }

    @Test
    void givenDurableSubscriber_whenItSendsPubRec_thenPubRelWaitsForItsState() {
        TestBroker broker = startDurable(store, 1);
        TestClient subscriber = durable(broker, "sub").subscribe("t", 2);
        broker.commit();
        broker.connection(V5).connect("pub").publish("t", "a", 2, 1);
        broker.commit();
        int id = subscriber.take(Packet.Publish.class).packetId();
        subscriber.drain();

        subscriber.ack(PacketType.PUBREC, id);

        assertThat(subscriber.story()).isEmpty();
        broker.commit();
        assertThat(subscriber.story()).containsExactly("PUBREL " + id);
    }

    @Test
    void givenDurableClient_whenItSubscribes_thenSubAckAndRetainedMessagesWait() {
        TestBroker broker = startDurable(store, 1);
        TestClient other = broker.connection(V3).connect("other");
        other.publish("t", "kept", 0, 0, true);
        broker.commit();
        TestClient client = durable(broker, "c");

        client.send(subscribe("t"));

        assertThat(client.story()).isEmpty();
        broker.commit();
        assertThat(client.story()).containsExactly("SUBACK", "PUBLISH q0 retain t kept");
    }

    @Test
    void givenSubAckThatWaits_whenAMessageIsRetainedMeanwhile_thenItComesOnce() {
        TestBroker broker = startDurable(store, 1);
        TestClient client = durable(broker, "c");
        client.send(subscribe("t"));
        broker.settle();

        broker.connection(V3).connect("other").publish("t", "new", 0, 0, true);
        broker.commit();

        assertThat(client.story()).containsExactlyInAnyOrder("SUBACK", "PUBLISH q0 t new");
    }

    @Test
    void givenDurableClient_whenItUnsubscribes_thenUnsubAckWaits() {
        TestBroker broker = startDurable(store, 1);
        TestClient client = durable(broker, "c").subscribe("t", 1);
        broker.commit();
        client.drain();

        client.send(new Packet.Unsubscribe(8, List.of("t"), Properties.NONE));

        assertThat(client.story()).isEmpty();
        broker.commit();
        assertThat(client.story()).containsExactly("UNSUBACK");
    }

    @Test
    void givenAcksThatWait_whenTheConnectionDies_thenNothingIsLeftOfThem() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V3).connect("pub");
        publisher.publish("t", "a", 1, 1).publish("t", "b", 2, 2);
        broker.settle();

        publisher.hangUp();
        broker.commit();

        assertThat(publisher.story()).isEmpty();
        assertThat(broker.fate("routed")).isEqualTo(2);
    }

    @Test
    void givenOlderClientWithVeryManyAcksThatWait_whenTheyAreTooMuch_thenItIsNotReadUntilTheyHaveLeft() {
        TestBroker broker = startDurable(store, 1, "maxHeldBytes=1024");
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V3).connect("pub");
        for (int id = 1; id <= 100; id++) {
            publisher.publish("t", "a", 1, id);
        }
        broker.settle();

        assertThat(publisher.wire().isPaused()).isTrue();
        broker.commit();

        assertThat(publisher.wire().isPaused()).isFalse();
        assertThat(publisher.story()).hasSize(100);
    }

    // --- several loops ---

    @Test
    void givenDurableSubscribersOfOtherLoops_whenEachHasCommitted_thenPubAckLeaves() {
        TestBroker broker = startDurable(store, 3);
        for (int loop = 1; loop < 3; loop++) {
            durable(broker, broker.idAt(loop, "sub")).subscribe("t", 1);
        }
        broker.commit();
        TestClient publisher = broker.connection(V3).connect(broker.idAt(0, "pub"));
        publisher.publish("t", "a", 1, 1);
        broker.settle();
        assertThat(store.pending()).isEqualTo(2);

        store.commitNext();
        assertThat(publisher.story()).isEmpty();
        store.commitNext();

        assertThat(publisher.story()).containsExactly("PUBACK 1");
    }

    @Test
    void givenSubscribersOfOtherLoopsThatEndWithTheirConnection_whenAMessageComes_thenNobodyWaitsForThem() {
        TestBroker broker = startDurable(store, 2);
        broker.connection(V5).connect(broker.idAt(1, "sub")).subscribe("t", 1);
        TestClient publisher = broker.connection(V3).connect(broker.idAt(0, "pub"));

        publisher.publish("t", "a", 1, 1);

        assertThat(publisher.story()).containsExactly("PUBACK 1");
        assertThat(store.pending()).isZero();
    }

    @Test
    void givenTheLastDurableSubscriberLeaves_whenAMessageComes_thenItIsAcknowledgedAtOnce() {
        TestBroker broker = startDurable(store, 2);
        TestClient subscriber = durable(broker, broker.idAt(1, "sub")).subscribe("t", 1);
        broker.connection(V5).connect(broker.idAt(1, "clean")).subscribe("t", 1);
        broker.commit();
        subscriber.send(new Packet.Unsubscribe(8, List.of("t"), Properties.NONE));
        broker.commit();
        TestClient publisher = broker.connection(V3).connect(broker.idAt(0, "pub"));
        broker.connection(V5)
                .send(ConnectRequest.v5(broker.idAt(1, "other")).resume(100).build());
        broker.settle(); // that loop has something to commit

        publisher.publish("t", "a", 1, 1);

        assertThat(publisher.story()).containsExactly("PUBACK 1");
    }

    @Test
    void givenSharedGroup_whenADurableMemberOfAnotherLoopGetsTheMessage_thenPubAckWaits() {
        TestBroker broker = startDurable(store, 2);
        TestClient member = durable(broker, broker.idAt(1, "sub")).subscribe("$share/g/t", 1);
        broker.commit();
        member.drain();
        TestClient publisher = broker.connection(V3).connect(broker.idAt(0, "pub"));

        publisher.publish("t", "a", 1, 1);

        assertThat(publisher.story()).isEmpty();
        broker.commit();
        assertThat(publisher.story()).containsExactly("PUBACK 1");
        assertThat(member.messages()).containsExactly("a");
    }

    @Test
    void givenDurablePublisher_whenItsQos2MessageIsForTwoLoops_thenAllIsCommittedAtOnceOrNothing() {
        TestBroker broker = startDurable(store, 3);
        for (int loop = 0; loop < 3; loop++) {
            durable(broker, broker.idAt(loop, "sub")).subscribe("t", 2);
        }
        TestClient publisher = durable(broker, broker.idAt(0, "pub"));
        broker.commit();
        publisher.drain();
        int queued = store.size(Table.QUEUE);

        publisher.publish("t", "a", 2, 9);
        broker.settle();

        assertThat(store.pending()).isEqualTo(1);
        assertThat(publisher.story()).isEmpty();
        store.commit();
        assertThat(publisher.story()).containsExactly("PUBREC 9");
        assertThat(store.size(Table.INBOX)).isEqualTo(1);
        assertThat(store.size(Table.QUEUE)).isEqualTo(queued + 3);
    }

    @Test // [MQTT-4.3.3-10]
    void givenQos2MessageUnderWay_whenItComesAgainByAnotherConnection_thenItsPubRecIsNoEarlierThanTheCommit() {
        TestBroker broker = startDurable(store, 2);
        TestClient subscriber = durable(broker, broker.idAt(1, "sub")).subscribe("t", 2);
        String id = broker.idAt(0, "pub");
        TestClient first = durable(broker, id);
        TestClient second = broker.connection(V5, 0);
        broker.commit();
        subscriber.drain();
        first.drain();
        first.publish("t", "a", 2, 9);
        broker.loops().settle(0);
        second.send(ConnectRequest.v5(id).resume(100).build());
        broker.loops().settle(0);
        store.commit();
        broker.loops().settle(0);
        second.publish("t", "a", 2, 9);
        broker.loops().settle(0);
        store.commit();
        broker.loops().settle(0);

        assertThat(second.peekNew()).hasSize(1).first().isInstanceOf(Packet.ConnAck.class);
        broker.commit(); // the other loop has its turn

        assertThat(second.story()).containsExactly("PUBREC 9");
        assertThat(broker.fate("qos2_duplicate")).isEqualTo(1);
        assertThat(subscriber.messages()).containsExactly("a");
    }

    @Test
    void givenConsignmentUnderWay_whenItsPublisherIsGone_thenItIsCommittedWithItsIdentifier() {
        TestBroker broker = startDurable(store, 2);
        durable(broker, broker.idAt(1, "sub")).subscribe("t", 2);
        String id = broker.idAt(0, "pub");
        TestClient first = durable(broker, id);
        broker.commit();
        first.drain();
        first.publish("t", "a", 2, 9);
        broker.settle();
        first.hangUp();

        broker.commit();
        TestClient second = broker.connection(V5);
        second.send(ConnectRequest.v5(id).resume(100).build());
        broker.commit();
        second.drain();
        second.publish("t", "a", 2, 9);

        assertThat(second.story()).containsExactly("PUBREC 9");
        assertThat(broker.fate("qos2_duplicate")).isEqualTo(1);
        assertThat(store.size(Table.INBOX)).isEqualTo(1);
    }

    @Test
    void givenWill_whenItIsForADurableSession_thenItIsKeptThoughNobodyWaits() {
        TestBroker broker = startDurable(store, 2);
        durable(broker, broker.idAt(1, "sub")).subscribe("t", 1);
        broker.commit();
        int before = store.size(Table.QUEUE);
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5(broker.idAt(0, "w"))
                        .will("t", "gone", 1, false, 0)
                        .build());

        client.hangUp();
        broker.commit();

        assertThat(store.size(Table.QUEUE)).isEqualTo(before + 1);
    }

    static Packet subscribe(String filter) {
        return new Packet.Subscribe(
                7, List.of(new Packet.Subscribe.Request(filter, QoS.AT_LEAST_ONCE, false, false, 0)), Properties.NONE);
    }

    /** A client whose session survives the broker. */
    static TestClient durable(TestBroker broker, String clientId) {
        return broker.connection(ProtocolVersion.MQTT_5)
                .connect(ConnectRequest.v5(clientId).resume(100).build());
    }
}
