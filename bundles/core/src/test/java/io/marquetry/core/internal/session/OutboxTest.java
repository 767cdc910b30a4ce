// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutboxTest extends BrokerTest {
    @Test
    void givenFullWindow_whenQosZeroFollows_thenItDoesNotOvertake() {
        TestBroker broker = start("maxInflight=2");
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 2);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher
                .publish("t", "1", 1, 1)
                .publish("t", "2", 2, 2)
                .publish("t", "3", 1, 3)
                .publish("t", "4", 0, 0);

        assertThat(subscriber.story()).containsExactly("PUBLISH q1 t 1", "PUBLISH q2 t 2");
        subscriber.ack(PacketType.PUBACK, 1);
        assertThat(subscriber.story()).containsExactly("PUBLISH q1 t 3", "PUBLISH q0 t 4");
        subscriber.ack(PacketType.PUBACK, 3).ack(PacketType.PUBREC, 2);
        assertThat(subscriber.story()).containsExactly("PUBREL 2");
        subscriber.ack(PacketType.PUBCOMP, 2);
        publisher.ack(PacketType.PUBREL, 2);
    }

    @Test // [MQTT-3.3.4-7]
    void givenClientsReceiveMaximum_whenSmallerThanOurs_thenItRules() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5)
                .connect(ConnectRequest.v5("sub")
                        .with(Property.RECEIVE_MAXIMUM, 1)
                        .build())
                .subscribe("t", 1);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("t", "1", 1, 1).publish("t", "2", 1, 2);

        assertThat(subscriber.messages()).containsExactly("1");
        assertThat(subscriber.ack(PacketType.PUBACK, 1).messages()).containsExactly("2");
    }

    @Test
    void givenOfflineSession_whenTheQueueIsFull_thenTheOldestLeave() {
        TestBroker broker = start("maxQueueLength=3");
        offline(broker, "sub", 1);
        TestClient publisher = broker.connection(V5).connect("pub");

        IntStream.rangeClosed(1, 5).forEach(i -> publisher.publish("t", "" + i, 1, i));
        broker.settle();

        assertThat(broker.fate("queued")).isEqualTo(3);
        assertThat(broker.fate("dropped.queue_full")).isEqualTo(2);
        assertThat(resume(broker, "sub").messages()).containsExactly("3", "4", "5");
    }

    @Test
    void givenOfflineSession_whenTheQueueHasItsBytes_thenTheOldestLeave() {
        TestBroker broker = start("maxQueueBytes=1024");
        offline(broker, "sub", 1);
        TestClient publisher = broker.connection(V5).connect("pub");

        IntStream.rangeClosed(1, 5).forEach(i -> publisher.publish("t", i + "x".repeat(300), 1, i));
        broker.settle();
        assertThat(broker.fate("queued")).isEqualTo(2);

        publisher.publish("t", "y".repeat(2000), 1, 6);
        broker.settle();

        // A message that alone is over the bound is dropped, and pushes nothing out.
        assertThat(broker.fate("dropped.queue_full")).isEqualTo(4);
        assertThat(resume(broker, "sub").messages()).allMatch(m -> m.startsWith("4x") || m.startsWith("5x"));
    }

    @Test
    void givenQosZeroNotStored_whenOffline_thenItIsDroppedAndCounted() {
        TestBroker broker = start("mqueueStoreQos0=false");
        offline(broker, "sub", 1);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("t", "1", 0, 0).publish("t", "2", 1, 1);
        broker.settle();

        assertThat(broker.fate("dropped.qos0_not_stored")).isEqualTo(1);
        assertThat(resume(broker, "sub").messages()).containsExactly("2");
    }

    @Test
    void givenRefuse_whenOneOfManyIsFull_thenNobodyGetsTheMessage() {
        TestBroker broker = startOn(2, "queueFull=refuse", "maxQueueLength=1");
        String away = broker.idAt(1, "away");
        offline(broker, away, 1);
        TestClient present =
                broker.connection(V5).connect(broker.idAt(0, "here")).subscribe("t", 1);
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));
        publisher.publish("t", "1", 1, 1);
        assertThat(publisher.story()).containsExactly("PUBACK 1");

        publisher.publish("t", "2", 1, 2).publish("t", "3", 0, 0);

        assertThat(publisher.story()).containsExactly("PUBACK 2 QUOTA_EXCEEDED");
        assertThat(present.messages()).containsExactly("1", "3");
        assertThat(broker.fate("refused.quota_exceeded")).isEqualTo(1);
        assertThat(broker.fate("dropped.queue_full")).isEqualTo(1);
        assertThat(resume(broker, away).messages()).containsExactly("1");
        assertThat(publisher.publish("t", "4", 1, 4).story()).containsExactly("PUBACK 4");
    }

    @Test
    void givenRefuse_whenBytesInFlightWereTheReason_thenAcknowledgementsOpenItAgain() {
        TestBroker broker = start("queueFull=refuse", "maxQueueBytes=1024", "maxInflight=3");
        TestClient subscriber = broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(100).build())
                .subscribe("t", 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        IntStream.rangeClosed(1, 4).forEach(i -> publisher.publish("t", i + "x".repeat(600), 1, i));
        assertThat(publisher.publish("t", "no", 1, 5).story()).contains("PUBACK 5 QUOTA_EXCEEDED");

        IntStream.rangeClosed(1, 4).forEach(i -> {
            subscriber.ack(PacketType.PUBACK, i);
            broker.settle();
        });

        assertThat(publisher.publish("t", "yes", 1, 6).story()).containsExactly("PUBACK 6");
    }

    @Test
    void givenRefuseAndOlderPublisher_whenRoomComesInTime_thenItIsAcknowledgedThen() {
        TestBroker broker = start("queueFull=refuse", "maxQueueLength=1", "refuseHoldSeconds=10");
        offline(broker, "sub", 1);
        TestClient publisher = broker.connection(V3).connect("pub");
        publisher.publish("t", "1", 1, 1).publish("t", "2", 1, 2);
        assertThat(publisher.story()).containsExactly("PUBACK 1");
        broker.advance(5_000);
        assertThat(publisher.story()).isEmpty();

        TestClient subscriber = resume(broker, "sub");
        broker.advance(200);

        assertThat(publisher.story()).containsExactly("PUBACK 2");
        assertThat(subscriber.messages()).containsExactly("1", "2");
    }

    @Test
    void givenRefuseAndOlderPublisher_whenNoRoomComes_thenItsConnectionEnds() {
        TestBroker broker = start("queueFull=refuse", "maxQueueLength=1", "refuseHoldSeconds=10");
        offline(broker, "sub", 1);
        TestClient publisher = broker.connection(V3).connect("pub");
        publisher.publish("t", "1", 1, 1).publish("t", "2", 1, 2).publish("t", "3", 1, 3);
        broker.settle();

        broker.advance(10_500);

        assertThat(publisher.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("quota_exceeded", 1L);
        assertThat(broker.fate("refused.quota_exceeded")).isEqualTo(1);
        assertThat(broker.fate("refused.connection_closed")).isEqualTo(1);
    }

    @Test // [MQTT-3.3.2-5]
    void givenQueuedMessages_whenTheyExpire_thenTheyAreNotDelivered() {
        TestBroker broker = start();
        offline(broker, "sub", 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.send(expiring("short", 2, 1)).send(expiring("long", 60, 2));
        broker.settle();
        broker.advance(5_000);

        List<Packet> came = resume(broker, "sub").drain();

        assertThat(came).hasSize(1);
        Packet.Publish publish = (Packet.Publish) came.get(0);
        assertThat(TestClient.text(publish)).isEqualTo("long");
        // [MQTT-3.3.2-6]
        assertThat(publish.properties().number(Property.MESSAGE_EXPIRY_INTERVAL, -1))
                .isEqualTo(55);
        assertThat(broker.fate("expired")).isEqualTo(1);
    }

    @Test
    void givenLongestLifeOfMessages_whenPublishersAskForMoreOrNothing_thenItRules() {
        TestBroker broker = start("messageExpirySeconds=10");
        offline(broker, "sub", 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.send(expiring("more", 60, 1)).publish("t", "nothing", 1, 2);
        broker.settle();
        broker.advance(11_000);

        assertThat(resume(broker, "sub").messages()).isEmpty();
        assertThat(broker.fate("expired")).isEqualTo(2);
    }

    @Test // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    void givenClientsMaximumPacketSize_whenAMessageIsLonger_thenItIsDroppedForThatClientOnly() {
        TestBroker broker = start();
        TestClient small = broker.connection(V5)
                .connect(ConnectRequest.v5("small")
                        .with(Property.MAXIMUM_PACKET_SIZE, 100)
                        .build())
                .subscribe("t", 1);
        TestClient big = broker.connection(V5).connect("big").subscribe("t", 1);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("t", "x".repeat(200), 1, 1).publish("t", "y", 0, 0);

        assertThat(small.messages()).containsExactly("y");
        assertThat(big.messages()).hasSize(2);
        assertThat(broker.fate("dropped.too_large")).isEqualTo(1);
    }

    @Test // [MQTT-3.1.2-25]
    void givenInFlightMessage_whenTheNextConnectionTakesLess_thenItIsNotSentAgain() {
        TestBroker broker = start();
        TestClient first = broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(100).build())
                .subscribe("t", 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "x".repeat(200), 1, 1).publish("t", "y", 1, 2);
        assertThat(first.messages()).hasSize(2);
        first.hangUp();

        TestClient second = broker.connection(V5)
                .connect(ConnectRequest.v5("sub")
                        .resume(100)
                        .with(Property.MAXIMUM_PACKET_SIZE, 100)
                        .build());

        assertThat(second.story()).containsExactly("PUBLISH dup q1 t y");
        assertThat(broker.fate("dropped.too_large")).isEqualTo(1);
    }

    @Test // [MQTT-4.4.0-1]
    void givenInFlightMessages_whenReconnected_thenTheyComeAgainInOrderBeforeNewOnes() {
        TestBroker broker = start("maxInflight=3");
        TestClient first = broker.connection(V3)
                .connect(ConnectRequest.v3("sub").resume(0).build())
                .subscribe("t", 2);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher
                .publish("t", "1", 1, 1)
                .publish("t", "2", 2, 2)
                .publish("t", "3", 2, 3)
                .publish("t", "4", 1, 4);
        broker.settle();
        first.ack(PacketType.PUBREC, 3);
        broker.settle();
        first.hangUp();

        TestClient second =
                broker.connection(V3).connect(ConnectRequest.v3("sub").resume(0).build());

        assertThat(second.story()).containsExactly("PUBLISH dup q1 t 1", "PUBLISH dup q2 t 2", "PUBREL 3");
        second.ack(PacketType.PUBCOMP, 3).ack(PacketType.PUBACK, 1);
        assertThat(second.story()).containsExactly("PUBLISH q1 t 4");
        publisher.ack(PacketType.PUBREL, 2).ack(PacketType.PUBREL, 3);
    }

    @Test
    void givenStalledSocket_whenMoreComesThanItsBuffers_thenTheRestWaitsInTheQueue() {
        TestBroker broker = start("maxOutputBytes=4096");
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 0);
        TestClient publisher = broker.connection(V5).connect("pub");
        subscriber.wire().stall();

        IntStream.range(0, 100).forEach(i -> publisher.publish("t", i + "x".repeat(500), 0, 0));
        broker.settle();

        assertThat(subscriber.wire().pendingBytes()).isLessThan(5_000);
        assertThat(broker.fate("queued")).isGreaterThan(80);
        subscriber.wire().unstall();
        assertThat(subscriber.messages()).hasSize(100);
        assertThat(broker.fate("delivered")).isEqualTo(100);
    }

    @Test // [MQTT-4.9.0-2]
    void givenRefusedPubRec_whenItComes_thenTheMessageIsOver() {
        TestBroker broker = start("maxInflight=1");
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 2);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "1", 2, 1).publish("t", "2", 2, 2);
        broker.settle();

        subscriber.ack(PacketType.PUBREC, 1, ReasonCode.QUOTA_EXCEEDED);

        assertThat(subscriber.messages()).containsExactly("1", "2");
        assertThat(broker.fate("dropped.refused_by_client")).isEqualTo(1);
    }

    @Test
    void givenRetainedMessagesBeyondTheWindow_whenSubscribed_thenAllComeAsTheyAreAcknowledged() {
        TestBroker broker = start("maxInflight=2");
        TestClient publisher = broker.connection(V5).connect("pub");
        IntStream.rangeClosed(1, 5).forEach(i -> publisher.publish("t/" + i, "" + i, 1, i, true));
        broker.settle();

        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t/+", 1);

        assertThat(subscriber.drain())
                .hasSize(2)
                .allSatisfy(p -> assertThat(((Packet.Publish) p).retain()).isTrue());
        subscriber.ack(PacketType.PUBACK, 1).ack(PacketType.PUBACK, 2);
        assertThat(subscriber.drain()).hasSize(2);
        subscriber.ack(PacketType.PUBACK, 3);
        assertThat(subscriber.drain()).hasSize(1);
        assertThat(broker.fate("retained")).isEqualTo(5);
    }

    private static Packet.Publish expiring(String payload, long seconds, int packetId) {
        return new Packet.Publish(
                false,
                QoS.AT_LEAST_ONCE,
                false,
                "t",
                packetId,
                payload.getBytes(),
                Properties.builder()
                        .with(Property.MESSAGE_EXPIRY_INTERVAL, seconds)
                        .build());
    }

    private static void offline(TestBroker broker, String clientId, int qos) {
        broker.connection(V5)
                .connect(ConnectRequest.v5(clientId).resume(1000).build())
                .subscribe("t", qos)
                .hangUp();
    }

    private static TestClient resume(TestBroker broker, String clientId) {
        return broker.connection(V5)
                .connect(ConnectRequest.v5(clientId).resume(1000).build());
    }

    @Test
    void givenFullWindow_whenRetainedQos0MessagesAreAskedFor_thenTheyDoNotWaitForIt() {
        TestBroker broker = start("maxInflight=1");
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("kept", "retained", 0, 0, true).publish("later", "one", 1, 1, true);
        broker.settle();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 1);
        publisher.publish("t", "in flight", 1, 2);
        assertThat(subscriber.messages()).containsExactly("in flight");

        subscriber.subscribe("kept", 1).subscribe("later", 1);

        assertThat(subscriber.messages()).containsExactly("retained");
        subscriber.ack(PacketType.PUBACK, 1);
        assertThat(subscriber.messages()).containsExactly("one");
    }
}
