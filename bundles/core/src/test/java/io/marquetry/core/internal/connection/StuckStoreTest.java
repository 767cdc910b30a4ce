// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static io.marquetry.core.internal.connection.AcksTest.durable;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.Table;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A store that cannot write, and CONNECT, which may have to wait for one. */
class StuckStoreTest extends BrokerTest {
    private final HeapStore store = new HeapStore();

    @ParameterizedTest
    @EnumSource(names = {"FULL", "BROKEN"})
    void givenStoreThatCannotWrite_whenMessagesNeedIt_thenMqtt5IsToldAndNobodyGetsThem(Store.State state) {
        TestBroker broker = startDurable(store, 1);
        TestClient subscriber = durable(broker, "sub").subscribe("t", 2);
        broker.commit();
        subscriber.drain();
        TestClient publisher = broker.connection(V5).connect("pub");
        store.become(state);

        publisher.publish("t", "a", 1, 1).publish("t", "b", 2, 2).publish("r", "c", 1, 3, true);

        assertThat(publisher.story())
                .containsExactly("PUBACK 1 QUOTA_EXCEEDED", "PUBREC 2 QUOTA_EXCEEDED", "PUBACK 3 QUOTA_EXCEEDED");
        assertThat(subscriber.messages()).isEmpty();
        assertThat(broker.fate("refused.store_unavailable")).isEqualTo(3);
    }

    @Test
    void givenBrokenStore_whenMessagesNeedNone_thenTheyGoOn() {
        TestBroker broker = startDurable(store, 1);
        TestClient subscriber = durable(broker, "sub").subscribe("t", 2);
        broker.commit();
        subscriber.drain();
        store.become(Store.State.BROKEN);
        TestClient clean = broker.connection(V5).connect("clean").subscribe("c", 2);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher
                .publish("t", "a", 0, 0)
                .publish("c", "b", 1, 1)
                .publish("c", "d", 2, 2)
                .ack(PacketType.PUBREL, 2);

        assertThat(publisher.story()).containsExactly("PUBACK 1", "PUBREC 2", "PUBCOMP 2");
        assertThat(subscriber.messages()).containsExactly("a");
        assertThat(clean.messages()).containsExactly("b", "d");
    }

    @Test
    void givenOlderClient_whenTheStoreStaysFull_thenItsMessageIsHeldAndItIsClosed() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V3).connect("pub");
        store.become(Store.State.FULL);
        publisher.publish("t", "a", 1, 1);
        broker.advance(9000);
        assertThat(publisher.isClosed()).isFalse();

        broker.advance(2000);

        assertThat(publisher.isClosed()).isTrue();
        assertThat(publisher.story()).isEmpty();
        assertThat(broker.endings()).containsEntry("store_unavailable", 1L);
        assertThat(broker.fate("refused.store_unavailable")).isEqualTo(1);
    }

    @Test
    void givenOlderClient_whenThereIsRoomAgainInTime_thenItsMessageGoesOn() {
        TestBroker broker = startDurable(store, 1);
        TestClient subscriber = durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        subscriber.drain();
        TestClient publisher = broker.connection(V3).connect("pub");
        store.become(Store.State.FULL);
        publisher.publish("t", "a", 1, 1).publish("t", "b", 0, 0);
        broker.advance(5000);
        assertThat(subscriber.messages()).isEmpty();

        store.become(Store.State.READY);
        broker.advance(1000);
        broker.commit();

        assertThat(publisher.story()).containsExactly("PUBACK 1");
        assertThat(subscriber.messages()).containsExactly("a", "b");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenStoreThatIsReplaced_whenAnotherComesInTime_thenNobodyNoticesButForTheTimeItTakes(boolean v5) {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(v5 ? V5 : V3).connect("pub");
        publisher.publish("t", "before", 1, 1);
        broker.settle();
        broker.broker().journals().store(null);
        publisher.publish("t", "meanwhile", 1, 2);
        broker.advance(3000);
        assertThat(publisher.story()).isEmpty();
        HeapStore next = new HeapStore();

        broker.broker().journals().store(next);
        broker.advance(1000);
        next.commit();
        broker.settle();
        next.commit();

        assertThat(publisher.story()).containsExactly("PUBACK 1", "PUBACK 2");
        assertThat(next.size(Table.QUEUE)).isEqualTo(2);
    }

    @Test
    void givenStoreThatIsReplacedOverAndOver_whenEachTimeIsShort_thenNobodyWaitsTooLong() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V3).connect("pub");
        HeapStore current = store;
        for (int id = 1; id <= 4; id++) {
            publisher.publish("t", "a", 1, id);
            broker.settle();
            broker.broker().journals().store(null);
            broker.advance(4000); // 16 s in all, and nobody is left waiting for more than 10
            current = new HeapStore();
            broker.broker().journals().store(current);
            broker.settle();
            current.commit();
            broker.settle();
        }

        assertThat(publisher.isClosed()).isFalse();
        assertThat(publisher.story()).containsExactly("PUBACK 1", "PUBACK 2", "PUBACK 3", "PUBACK 4");
    }

    @Test
    void givenStoreThatHasLeft_whenNoneComesInTime_thenMqtt5IsTold() {
        TestBroker broker = startDurable(store, 1, "updateHoldSeconds=5");
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V5).connect("pub");
        broker.broker().journals().store(null);
        publisher.publish("t", "a", 1, 1);
        broker.advance(4000);
        assertThat(publisher.story()).isEmpty();

        broker.advance(2000);
        publisher.publish("t", "b", 1, 2);

        assertThat(publisher.story()).containsExactly("PUBACK 1 QUOTA_EXCEEDED", "PUBACK 2 QUOTA_EXCEEDED");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenAckThatWaits_whenTheStoreStaysFull_thenTheConnectionIsClosedWithoutIt(boolean v5) {
        TestBroker broker = startDurable(store, 2);
        durable(broker, broker.idAt(1, "sub")).subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(v5 ? V5 : V3).connect(broker.idAt(0, "pub"));
        publisher.publish("t", "a", 1, 1);
        broker.settle();
        store.become(Store.State.FULL);

        broker.advance(11_000);

        assertThat(publisher.isClosed()).isTrue();
        assertThat(publisher.story())
                .isEqualTo(v5 ? java.util.List.of("DISCONNECT QUOTA_EXCEEDED") : java.util.List.of());
        assertThat(broker.endings()).containsEntry("store_unavailable", 1L);
    }

    @Test
    void givenStoreThatIsReadyAndDoesNotAnswer_whenThatTakesTooLong_thenItIsAsWhenItIsFullUntilItAnswers() {
        TestBroker broker = startDurable(store, 2);
        TestClient subscriber = durable(broker, broker.idAt(1, "sub")).subscribe("t", 1);
        broker.commit();
        subscriber.drain();
        TestClient waiting = broker.connection(V5).connect(broker.idAt(0, "waits"));
        TestClient other = broker.connection(V5).connect(broker.idAt(0, "other"));
        waiting.publish("t", "a", 1, 1);

        broker.advance(11_000);
        other.publish("t", "b", 1, 1).publish("t", "c", 0, 0);
        Packet.ConnAck resumed = broker.connection(V5)
                .tryConnect(ConnectRequest.v5(broker.idAt(1, "sub")).resume(100).build());

        assertThat(waiting.isClosed()).isTrue();
        assertThat(waiting.story()).containsExactly("DISCONNECT QUOTA_EXCEEDED");
        assertThat(other.story()).containsExactly("PUBACK 1 QUOTA_EXCEEDED");
        assertThat(resumed.reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        broker.commit();
        other.publish("t", "d", 1, 2);
        broker.commit();
        assertThat(other.story()).containsExactly("PUBACK 2");
        assertThat(subscriber.messages()).containsExactly("a", "c", "d");
    }

    @Test
    void givenJournalThatIsFarBehind_whenAClientOnlyPublishes_thenItIsNotReadUntilTheCommit() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "sub").subscribe("t", 1);
        broker.commit();
        TestClient publisher = broker.connection(V3).connect("pub");
        broker.loops()
                .on(
                        broker.loops().loop(0),
                        () -> broker.broker()
                                .journals()
                                .of(broker.broker().homes().get(0))
                                .put(Table.MESSAGE, new byte[8], new byte[9 << 20]));
        publisher.publish("t", "a", 1, 1);
        broker.settle();
        assertThat(publisher.wire().isPaused()).isTrue();
        assertThat(broker.fate("routed")).isZero();

        broker.commit();

        assertThat(publisher.wire().isPaused()).isFalse();
        assertThat(publisher.story()).containsExactly("PUBACK 1");
    }

    // --- CONNECT ---

    @Test
    void givenNewDurableSession_whenItIsNotCommitted_thenConnAckAndMessagesWait() {
        TestBroker broker = startDurable(store, 1);
        TestClient before = durable(broker, "c").subscribe("t", 1);
        before.hangUp();
        TestClient publisher = broker.connection(V5).connect("pub");
        broker.commit();
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c").resume(100).build());
        broker.settle();
        publisher.publish("t", "a", 0, 0);

        assertThat(client.story()).isEmpty();
        TestClient again = broker.connection(V5);
        again.send(ConnectRequest.v5("c").resume(100).build());
        broker.settle();
        assertThat(client.isClosed()).isTrue();
        broker.commit();

        assertThat(client.story()).isEmpty();
        assertThat(again.next(Packet.ConnAck.class).sessionPresent()).isTrue();
        assertThat(again.messages()).containsExactly("a");
        assertThat(broker.gauge("sessions.count")).isEqualTo(2);
    }

    @Test
    void givenConnectThatWaits_whenItsConnectionDies_thenTheSessionIsLeftAsByAnyOther() {
        TestBroker broker = startDurable(store, 1);
        TestClient watcher = broker.connection(V5).connect("watcher").subscribe("w", 0);
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c")
                .resume(100)
                .will("w", "gone", 0, false, 0)
                .build());
        broker.settle();

        client.hangUp();
        broker.commit();

        assertThat(watcher.messages()).containsExactly("gone");
        assertThat(broker.gauge("connections.count")).isEqualTo(1);
        assertThat(broker.gauge("sessions.count")).isEqualTo(2);
        broker.advance(101_000);
        assertThat(broker.gauge("sessions.count")).isEqualTo(1);
    }

    @Test
    void givenDurableSession_whenACleanStartEndsIt_thenConnAckWaitsForThat() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "c").hangUp();
        broker.commit();
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c").build());

        assertThat(client.story()).isEmpty();
        broker.commit();

        assertThat(client.next(Packet.ConnAck.class).sessionPresent()).isFalse();
    }

    @Test
    void givenBrokenStore_whenClientsConnect_thenOnlyThoseWithDurableSessionsAreRefused() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "old").hangUp();
        broker.commit();
        store.become(Store.State.BROKEN);

        Packet.ConnAck resumed = broker.connection(V5)
                .tryConnect(ConnectRequest.v5("old").resume(100).build());
        Packet.ConnAck clean =
                broker.connection(V5).tryConnect(ConnectRequest.v5("clean").build());

        assertThat(resumed.reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(clean.reason()).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void givenFullStore_whenSubscribersComeBack_thenTheyAreLetInAsSoonAsItTakesWhatMakesRoom() {
        TestBroker broker = startDurable(store, 1);
        durable(broker, "old").hangUp();
        broker.commit();
        store.become(Store.State.FULL);
        TestClient old = broker.connection(V5);
        old.send(ConnectRequest.v5("old").resume(100).build());
        Packet.ConnAck fresh = broker.connection(V5)
                .tryConnect(ConnectRequest.v5("new").resume(100).build());

        assertThat(fresh.reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(old.story()).isEmpty();
        store.become(Store.State.READY);
        broker.commit();

        assertThat(old.next(Packet.ConnAck.class).sessionPresent()).isTrue();
    }

    @Test
    void givenConnectThatWaits_whenTheStoreStaysFull_thenItIsRefusedAndHasNoWill() {
        TestBroker broker = startDurable(store, 1);
        TestClient watcher = broker.connection(V5).connect("watcher").subscribe("w", 0);
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c")
                .resume(100)
                .will("w", "gone", 0, false, 0)
                .build());
        broker.settle();
        store.become(Store.State.FULL);

        broker.advance(11_000);

        assertThat(client.next(Packet.ConnAck.class).reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(client.isClosed()).isTrue();
        assertThat(watcher.messages()).isEmpty();
    }

    @Test
    void givenConnectThatWaits_whenAStoreThatIsWellTakesTooLong_thenItIsRefusedAndNotCalledIdle() {
        TestBroker broker = startDurable(store, 1);
        TestClient client = broker.connection(V5);
        client.send(ConnectRequest.v5("c").resume(100).build());

        broker.advance(16_000);

        assertThat(client.next(Packet.ConnAck.class).reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
        assertThat(broker.endings()).doesNotContainKey("idle_timeout");
    }

    @Test
    void givenLayoutOfAnotherVersion_whenRecovering_thenItIsRefusedInWords() {
        HeapStore other = new HeapStore();
        io.marquetry.api.store.Batch batch = new io.marquetry.api.store.Batch();
        batch.put(Table.META, "layout".getBytes(java.nio.charset.StandardCharsets.UTF_8), new byte[] {0, 0, 0, 2});
        other.commit(batch, Store.Durability.DISK, problem -> {});
        other.commit();
        TestBroker broker = start();

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> broker.broker().recover(other, Store.Durability.DISK, name -> {}))
                .hasMessageContaining("has layout 2, and this broker reads layout 1 only");
    }
}
