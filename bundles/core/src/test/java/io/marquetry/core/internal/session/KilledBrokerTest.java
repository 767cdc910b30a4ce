// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the crash model has found, each as a story of its own. */
class KilledBrokerTest extends BrokerTest {
    @Test // [MQTT-4.1.0-1]
    void givenNothingToNoteForLong_whenTheBrokerIsKilled_thenWhoWasConnectedHasLeftJustNow() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        connect(broker, ConnectRequest.v5("c").resume(120));
        for (int i = 0; i < 60; i++) {
            broker.advance(10_000);
            broker.commit();
        }

        broker.advance(25_000); // the last sign of life is not of now

        broker = restart(100_000, 1);

        assertThat(connect(broker, ConnectRequest.v5("c").resume(120)).sessionPresent())
                .isTrue();
    }

    @Test
    void givenClientThatStaysAway_whenTheBrokerWasKilled_thenItsSessionEndsAllTheSame() {
        TestBroker broker = startDurable(new HeapStore(), 1);
        connect(broker, ConnectRequest.v5("c").resume(120));

        broker = restart(170_000, 1);

        broker.commit();
        assertThat(connect(broker, ConnectRequest.v5("c").resume(120)).sessionPresent())
                .isFalse();
    }

    @ParameterizedTest // [MQTT-3.1.2-8]
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void givenWillForAnotherLoop_whenTheBrokerIsKilledAmidItsCommits_thenItIsThereOnce(int commits) {
        HeapStore store = new HeapStore();
        TestBroker broker = startDurable(store, 2);
        String near = broker.idAt(0, "near");
        String far = broker.idAt(1, "far");
        subscribe(broker, near);
        subscribe(broker, far);
        TestClient dying = broker.connection(V5);
        dying.send(ConnectRequest.v5(broker.idAt(0, "dying"))
                .resume(600)
                .will("t", "gone", 2, false, 0)
                .build());
        broker.commit();
        dying.hangUp();
        for (int i = 0; i < commits; i++) {
            store.commitNext();
            broker.settle();
        }

        broker = restart(0, 2);

        broker.commit();
        assertThat(queued(broker, near)).isEqualTo(1);
        assertThat(queued(broker, far)).isEqualTo(1);
    }

    @ParameterizedTest // [MQTT-4.8.2-4]
    @CsvSource({"0,1", "1,1", "2,1", "3,1", "4,1", "0,2", "1,2", "2,2", "3,2", "4,2"})
    void givenSharedMessagesInTheStore_whenTheirSessionEndsAndTheBrokerIsKilled_thenAnotherMemberHasThemOnce(
            int commits, int qos) {
        HeapStore store = new HeapStore();
        TestBroker broker = startDurable(store, 2);
        String leaves = broker.idAt(0, "leaves");
        String stays = broker.idAt(1, "stays");
        member(broker, leaves, qos).hangUp();
        member(broker, stays, qos).hangUp();
        publish(broker, qos);
        broker.connection(V5).send(ConnectRequest.v5(leaves).build()); // a clean start ends its session

        broker = killedAfter(commits, broker);

        broker.connection(V5).send(ConnectRequest.v5(leaves).build()); // it may not have ended yet
        broker.commit();
        assertThat(queued(broker, stays)).isEqualTo(4);
    }

    @ParameterizedTest // [MQTT-4.8.2-4]
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void givenSharedMessagesInFlight_whenTheirSessionEndsAndTheBrokerIsKilled_thenAnotherMemberHasThemOnce(
            int commits) {
        TestBroker broker = startDurable(new HeapStore(), 2);
        String leaves = broker.idAt(0, "leaves");
        String stays = broker.idAt(1, "stays");
        TestClient leaving = member(broker, leaves, 1);
        member(broker, stays, 1).hangUp();
        publish(broker, 1);
        assertThat(leaving.messages()).containsExactly("m1", "m2", "m3", "m4");
        leaving.send(new Packet.Disconnect(
                ReasonCode.SUCCESS,
                Properties.builder().with(Property.SESSION_EXPIRY_INTERVAL, 0).build())); // it ends at once

        broker = killedAfter(commits, broker);

        broker.connection(V5).send(ConnectRequest.v5(leaves).build()); // it may not have ended yet
        broker.commit();
        assertThat(queued(broker, stays)).isEqualTo(4);
    }

    private static TestClient member(TestBroker broker, String id, int qos) {
        return subscribed(broker, id, "$share/g/t", QoS.of(qos));
    }

    private static void publish(TestBroker broker, int qos) {
        TestClient publisher = broker.connection(V3).connect("pub");
        for (int id = 1; id <= 4; id++) {
            publisher.publish("t", "m" + id, qos, id);
        }
        broker.commit();
    }

    private TestBroker killedAfter(int commits, TestBroker broker) {
        broker.settle();
        for (int i = 0; i < commits; i++) {
            broker.store().commitNext();
            broker.settle();
        }
        TestBroker next = restart(0, 2);
        next.commit();
        return next;
    }

    @Test // [MQTT-3.1.2-4]
    void givenEndOfASessionThatIsNotCommitted_whenACleanStartIsAskedForAgain_thenItIsNotPromised() {
        HeapStore store = new HeapStore();
        TestBroker broker = startDurable(store, 1);
        subscribe(broker, "c");
        TestClient first = broker.connection(V3);
        first.send(ConnectRequest.v3("c").build());
        broker.settle();
        first.hangUp();

        TestClient second = broker.connection(V3);
        second.send(ConnectRequest.v3("c").build());
        List<Packet> early = second.drain();
        broker.commit();

        assertThat(early).isEmpty();
        assertThat(second.next(Packet.ConnAck.class).sessionPresent()).isFalse();
        second.hangUp();
        broker = restart(0, 1);
        assertThat(connect(broker, ConnectRequest.v5("c").resume(600)).sessionPresent())
                .isFalse();
    }

    private static void subscribe(TestBroker broker, String id) {
        subscribed(broker, id, "t", QoS.EXACTLY_ONCE).hangUp();
        broker.commit();
    }

    private static TestClient subscribed(TestBroker broker, String id, String filter, QoS qos) {
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5(id).resume(600).build());
        broker.commit();
        client.take(Packet.ConnAck.class);
        client.send(new Packet.Subscribe(
                7, List.of(new Packet.Subscribe.Request(filter, qos, false, false, 0)), Properties.NONE));
        broker.commit();
        client.take(Packet.SubAck.class);
        return client;
    }

    private static Packet.ConnAck connect(TestBroker broker, ConnectRequest request) {
        TestClient client = broker.connection(V5);
        client.send(request.build());
        broker.commit();
        return client.take(Packet.ConnAck.class);
    }

    private static int queued(TestBroker broker, String id) {
        var found = broker.broker().clients().find(id).toCompletableFuture();
        broker.settle();
        return found.join().orElseThrow().queueLength();
    }
}
