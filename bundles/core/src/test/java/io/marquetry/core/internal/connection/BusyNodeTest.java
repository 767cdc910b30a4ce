// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A node whose messages take more than its high water mark. */
class BusyNodeTest extends BrokerTest {
    private static final String[] MARKS = {"nodeHighWaterBytes=300000", "nodeLowWaterBytes=200000"};
    private static final String LONG = "x".repeat(70_000);

    /** A session that is offline and has 350,000 bytes waiting for it. */
    private static void fill(TestBroker broker, String owner) {
        broker.connection(V5)
                .connect(ConnectRequest.v5(owner).resume(3_600).build())
                .subscribe("full", 1)
                .hangUp();
        TestClient publisher = broker.connection(V5).connect("filler");
        for (int i = 1; i <= 5; i++) {
            publisher.publish("full", LONG, 1, i);
            broker.settle();
        }
        publisher.drain();
        publisher.disconnect();
        assertThat(broker.broker().isBusy()).isTrue();
    }

    private static void drain(TestBroker broker, String owner) {
        TestClient back = broker.connection(V5)
                .connect(ConnectRequest.v5(owner).resume(3_600).build());
        List<Packet> packets = back.drain();
        for (Packet packet : packets) {
            back.ack(PacketType.PUBACK, ((Packet.Publish) packet).packetId());
        }
        broker.settle();
        assertThat(broker.broker().isBusy()).isFalse();
    }

    @Test
    void givenBusyNode_whenClientsConnect_thenNewOnesAreRefusedAndOwnersOfSessionsComeBack() {
        TestBroker broker = startOn(2, MARKS);
        String owner = broker.idAt(1, "owner");
        fill(broker, owner);

        Packet.ConnAck v5 =
                broker.connection(V5).tryConnect(ConnectRequest.v5("new").build());
        Packet.ConnAck unknown = broker.connection(V5)
                .tryConnect(ConnectRequest.v5("other").resume(3_600).build());
        Packet.ConnAck v3 =
                broker.connection(V3).tryConnect(ConnectRequest.of(V3, "old").build());

        assertThat(v5.reason()).isEqualTo(ReasonCode.SERVER_BUSY);
        assertThat(unknown.reason()).isEqualTo(ReasonCode.SERVER_BUSY);
        assertThat(v3.reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(broker.endings()).containsEntry("server_busy", 3L);
        drain(broker, owner);
        broker.connection(V5).connect("new");
    }

    @Test
    void givenBusyNode_whenQos1And2ArePublished_thenRefusedAndTheOldOnesAckIsWithheld() {
        TestBroker broker = start(MARKS);
        TestClient v5 = broker.connection(V5).connect("v5");
        TestClient v3 = broker.connection(V3).connect("v3");
        TestClient late = broker.connection(V3).connect("late");
        fill(broker, "owner");

        v5.publish("t", "a", 1, 1).publish("t", "b", 2, 2);
        v3.publish("t", "c", 1, 1);
        assertThat(v5.story()).containsExactly("PUBACK 1 QUOTA_EXCEEDED", "PUBREC 2 QUOTA_EXCEEDED");
        assertThat(v3.story()).isEmpty();
        broker.advance(10_200);
        late.publish("t", "d", 1, 1);
        broker.settle();
        drain(broker, "owner");
        broker.advance(200);

        assertThat(v3.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("quota_exceeded", 1L);
        assertThat(late.story()).containsExactly("PUBACK 1");
    }

    @Test
    void givenBusyNode_whenQos0IsPublished_thenAPurePublisherWaitsAndIsRefusedAfterwards() {
        TestBroker broker = start(MARKS);
        TestClient publisher = broker.connection(V5).connect("pub");
        fill(broker, "owner");
        publisher.publish("t", "a", 0, 0).publish("t", "b", 0, 0);
        broker.settle();
        assertThat(publisher.wire().isPaused()).isTrue();
        assertThat(broker.fate("refused.node_busy")).isZero();

        broker.advance(10_200);

        assertThat(publisher.wire().isPaused()).isFalse();
        assertThat(broker.fate("refused.node_busy")).isEqualTo(2);
        drain(broker, "owner");
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 0);
        publisher.publish("t", "c", 0, 0);
        assertThat(subscriber.messages()).containsExactly("c");
    }

    @Test
    void givenTwoBridgesThatFeedEachOther_whenTheirQueuesMakeTheNodeBusy_thenTheirAcksAreReadAndItRecovers() {
        TestBroker broker = startOn(2, "nodeHighWaterBytes=300000", "nodeLowWaterBytes=200000", "maxInflight=2");
        TestClient a = broker.connection(V5).connect(broker.idAt(0, "a")).subscribe("to/a", 1);
        TestClient b = broker.connection(V5).connect(broker.idAt(1, "b")).subscribe("to/b", 1);
        for (int i = 1; i <= 10; i++) {
            a.publish("to/b", LONG, 1, i).publish("to/b", "q0", 0, 0);
            b.publish("to/a", LONG, 1, i).publish("to/a", "q0", 0, 0);
            broker.settle();
        }
        assertThat(broker.broker().isBusy()).isTrue();
        assertThat(a.wire().isPaused()).isFalse();
        assertThat(b.wire().isPaused()).isFalse();

        for (int round = 0; round < 30; round++) {
            acknowledgeAll(a);
            acknowledgeAll(b);
            broker.settle();
        }

        assertThat(broker.broker().isBusy()).isFalse();
        assertThat(broker.gauge("node.bytes")).isZero();
        assertThat(broker.fate("refused.node_busy")).isPositive();
    }

    private static void acknowledgeAll(TestClient client) {
        for (Packet packet : client.drain()) {
            if (packet instanceof Packet.Publish publish && publish.packetId() > 0) {
                client.ack(PacketType.PUBACK, publish.packetId());
            }
        }
    }

    @Test
    void givenQueuesRetainedMessagesAndOutput_whenAllIsOver_thenNothingIsCharged() {
        TestBroker broker = startOn(2);
        for (int i = 0; i < 4; i++) {
            broker.connection(V5)
                    .connect(ConnectRequest.v5(broker.idAt(i % 2, "s"))
                            .resume(10)
                            .build())
                    .subscribe("t", 2)
                    .hangUp();
        }
        TestClient slow = broker.connection(V5).connect("slow").subscribe("t", 0);
        slow.wire().stall();
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", LONG, 1, 1, true);
        broker.settle();
        long once = broker.gauge("node.bytes");
        assertThat(once).isBetween(140_000L, 145_000L); // the body once, and once more on its way to a socket

        publisher.publish("t", "", 1, 2, true);
        broker.advance(20_000);

        assertThat(broker.gauge("node.bytes")).isZero();
    }

    @Test
    void givenBounds_whenAClientMakesTheBrokerHoldMore_thenItsSessionIsEnded() {
        TestBroker broker = start("forceShutdownQueueLength=3", "maxInflight=1");
        TestClient slow = broker.connection(V5)
                .connect(ConnectRequest.v5("slow").resume(100).build())
                .subscribe("t", 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        for (int i = 1; i <= 4; i++) {
            publisher.publish("t", "m", 1, i);
        }
        broker.settle();

        assertThat(slow.story()).endsWith("DISCONNECT QUOTA_EXCEEDED");
        assertThat(broker.endings()).containsEntry("mailbox_overflow", 1L);
        assertThat(broker.gauge("sessions.count")).isEqualTo(1);
    }

    @Test
    void givenBytesBound_whenAnOfflineSessionHoldsMore_thenItIsEndedToo() {
        TestBroker broker = start("forceShutdownBytes=100000");
        broker.connection(V5)
                .connect(ConnectRequest.v5("gone").resume(100).build())
                .subscribe("t", 1)
                .hangUp();
        TestClient slow = broker.connection(V5).connect("slow").subscribe("t", 1);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("t", LONG, 1, 1).publish("t", LONG, 1, 2);
        broker.settle();

        assertThat(broker.gauge("sessions.count")).isEqualTo(2);
        assertThat(slow.isClosed()).isFalse();
        assertThat(broker.fate("dropped.session_ended")).isEqualTo(2);
    }

    @Test
    void givenBusyNode_whenItsMarkIsRaised_thenItTakesMessagesAtOnce() {
        TestBroker broker = start(MARKS);
        TestClient publisher = broker.connection(V5).connect("pub");
        fill(broker, "owner");

        broker.reconfigure("nodeHighWaterBytes=1000000");

        assertThat(broker.broker().isBusy()).isFalse();
        assertThat(publisher.publish("t", "m", 1, 1).story()).containsExactly("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
    }
}
