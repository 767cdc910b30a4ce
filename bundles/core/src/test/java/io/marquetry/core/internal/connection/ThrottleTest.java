// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.config.Rate;
import io.marquetry.codec.Packet;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import io.marquetry.core.port.CertificateField;
import io.marquetry.core.port.Terms;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThrottleTest extends BrokerTest {
    private static Terms terms(Rate messages, Rate bytes, Rate totalMessages, Rate totalBytes) {
        return new Terms(
                "",
                2,
                CertificateField.NONE,
                CertificateField.NONE,
                List.of(),
                messages,
                bytes,
                totalMessages,
                totalBytes);
    }

    private static Rate perSecond(long amount) {
        return new Rate(amount, 1000, 0);
    }

    private static void publish(TestClient client, int count) {
        for (int i = 0; i < count; i++) {
            client.publish("t", "m" + i, 0, 0);
        }
    }

    @Test
    void givenMessageRate_whenManyComeAtOnce_thenTheyAreReadAtThatRateAndNoneIsLost() {
        TestBroker broker = start();
        broker.entrance().terms(terms(new Rate(10, 1000, 3), Rate.NONE, Rate.NONE, Rate.NONE));
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 0);
        TestClient publisher = broker.connection(V5).connect("pub");
        publish(publisher, 100);

        int atOnce = subscriber.messages().size();
        broker.advance(1_000);
        int inASecond = subscriber.messages().size();
        broker.advance(10_000);

        assertThat(atOnce).isEqualTo(5); // 200 ms of the rate, and the burst
        assertThat(inASecond).isBetween(9, 11);
        assertThat(subscriber.messages()).hasSize(100 - atOnce - inASecond);
        assertThat(broker.count("packets.read.paused")).isPositive();
    }

    @Test
    void givenByteRate_whenOnePacketIsLongerThanAllOfIt_thenItIsTakenAndItsDebtIsWaitedFor() {
        TestBroker broker = start();
        broker.entrance().terms(terms(Rate.NONE, perSecond(1000), Rate.NONE, Rate.NONE));
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 0);
        TestClient publisher = broker.connection(V5).connect("pub");
        broker.advance(1_000);
        publisher.publish("t", "x".repeat(5_000), 0, 0).publish("t", "behind", 0, 0);

        assertThat(subscriber.messages()).hasSize(1);
        broker.advance(4_500);
        assertThat(subscriber.messages()).isEmpty();
        broker.advance(600);

        assertThat(subscriber.messages()).containsExactly("behind");
    }

    @Test
    void givenTotalRate_whenClientsOfTwoLoopsSend_thenTogetherTheyKeepToIt() {
        TestBroker broker = startOn(2);
        TestClient subscriber =
                broker.connection(V5).connect(broker.idAt(0, "sub")).subscribe("t", 0);
        TestClient first = broker.connection(V5).connect(broker.idAt(0, "a"));
        TestClient second = broker.connection(V5).connect(broker.idAt(1, "b"));
        broker.entrance().terms(terms(Rate.NONE, Rate.NONE, perSecond(100), Rate.NONE));
        publish(first, 1_000);
        publish(second, 1_000);

        broker.advance(2_000);

        assertThat(subscriber.messages()).hasSizeBetween(190, 20 + 200 + 4);
        broker.entrance().terms(Terms.NONE);
        broker.advance(1_100);
        assertThat(broker.fate("received")).isEqualTo(2_000);
    }

    @Test
    void givenPausedClient_whenTermsChange_thenItGoesOnWithinASecond() {
        TestBroker broker = start();
        broker.entrance().terms(terms(new Rate(1, 3_600_000, 0), Rate.NONE, Rate.NONE, Rate.NONE));
        TestClient publisher = broker.connection(V5).connect("pub");
        publish(publisher, 50);
        broker.settle();
        assertThat(broker.fate("received")).isEqualTo(1);

        broker.entrance().terms(Terms.NONE);
        broker.advance(1_200);

        assertThat(broker.fate("received")).isEqualTo(50);
    }

    @Test
    void givenPausedClient_whenItsKeepAliveIsOver_thenItLivesAndCanBeKickedAndItsEndIsNoticed() {
        TestBroker broker = start();
        broker.entrance().terms(terms(new Rate(1, 3_600_000, 0), Rate.NONE, Rate.NONE, Rate.NONE));
        TestClient kicked = broker.connection(V5)
                .connect(ConnectRequest.v5("kicked").keepAlive(10).build());
        TestClient gone = broker.connection(V5).connect("gone");
        publish(kicked, 2);
        publish(gone, 2);
        broker.advance(120_000);
        assertThat(kicked.isClosed()).isFalse();

        broker.broker().clients().kick("kicked");
        gone.hangUp();
        broker.settle();

        assertThat(kicked.story()).containsExactly("DISCONNECT ADMINISTRATIVE_ACTION");
        assertThat(broker.endings()).containsEntry("kicked", 1L).containsEntry("tcp_closed", 1L);
    }

    @Test
    void givenMessageRate_whenOtherPacketsCome_thenTheyAreNoMessages() {
        TestBroker broker = start();
        broker.entrance().terms(terms(perSecond(1), Rate.NONE, Rate.NONE, Rate.NONE));
        TestClient client = broker.connection(V5).connect("c");

        for (int i = 0; i < 50; i++) {
            client.send(new Packet.PingReq());
        }

        assertThat(client.drain()).hasSize(50);
        assertThat(broker.count("packets.read.paused")).isZero();
    }

    @Test
    void givenListeners_whenCounted_thenMetricsHaveTheirNames() {
        TestBroker broker = start();
        broker.broker().tally("tcp:default").add("handshakes.resumed", 3);
        TestClient client = broker.connection(V5).connect("c");
        assertThat(broker.gauge("listener.tcp.default.connections.count")).isEqualTo(1);

        client.disconnect();

        assertThat(broker.count("listener.tcp.default.handshakes.resumed")).isEqualTo(3);
        assertThat(broker.count("listener.tcp.default.shutdown.normal")).isEqualTo(1);
    }
}
