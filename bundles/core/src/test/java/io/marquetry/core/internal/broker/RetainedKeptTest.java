// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Retained messages that survive the broker. */
class RetainedKeptTest extends BrokerTest {
    private final HeapStore store = new HeapStore();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void givenRetainedMessage_whenTheBrokerStartsAgain_thenItIsThereAsItWas(int qos) {
        TestBroker broker = startDurable(store, 2);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.send(publish(
                "a/b",
                "payload",
                qos,
                Properties.builder().with(Property.CONTENT_TYPE, "text").build()));
        broker.commit();

        TestBroker next = restart();
        TestClient subscriber = next.connection(V5).connect("sub").subscribe("a/+", 2);
        Packet.Publish found = subscriber.next(Packet.Publish.class);

        assertThat(TestClient.text(found)).isEqualTo("payload");
        assertThat(found.qos().value()).isEqualTo(qos);
        assertThat(found.retain()).isTrue();
        assertThat(found.properties().text(Property.CONTENT_TYPE)).isEqualTo("text");
    }

    @Test
    void givenClearedMessage_whenTheBrokerStartsAgain_thenItIsGone() {
        TestBroker broker = startDurable(store, 2);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("a", "1", 0, 0, true).publish("b", "1", 0, 0, true);
        broker.commit();
        publisher.publish("a", "", 0, 0, true);
        broker.commit();

        TestBroker next = restart();

        assertThat(retainedOf(next)).containsExactly("b=1");
        assertThat(store.size(Table.RETAINED)).isEqualTo(1);
    }

    @Test
    void givenWhatTheBrokerSaysOfItself_whenItIsRetained_thenItIsNotWritten() {
        TestBroker broker = startDurable(store, 2);
        broker.broker().start();
        broker.commit();
        broker.advance(120_000);
        broker.commit();

        assertThat(broker.gauge("retained.count")).isPositive();
        assertThat(store.size(Table.RETAINED)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void givenChangesOnSeveralLoops_whenBatchesAreCommittedInAnyOrder_thenTheStoreEndsAsTheMemory(long seed) {
        Random random = new Random(seed);
        TestBroker broker = startDurable(store, 4, random);
        List<TestClient> publishers = IntStream.range(0, 4)
                .mapToObj(loop -> broker.connection(V5, loop).connect(broker.idAt(loop, "pub")))
                .toList();

        for (int i = 1; i < 2_000; i++) {
            String payload = random.nextInt(4) == 0 ? "" : "v" + i;
            publishers.get(random.nextInt(4)).publish("t/" + random.nextInt(3), payload, 0, 0, true);
            broker.loops().step(random.nextInt(12));
            if (random.nextInt(5) == 0) {
                store.commitNext();
            }
            if (random.nextInt(100) == 0) {
                // The store goes and comes again: what was not answered is handed over once more, by each loop as it
                // can.
                broker.broker().journals().store(null);
                broker.loops().step(random.nextInt(12));
                broker.broker().journals().store(store);
            }
        }
        broker.commit();
        Set<String> before = retainedOf(broker);
        TestBroker next = restart();

        assertThat(retainedOf(next)).isEqualTo(before);
    }

    @Test
    void givenTopicThatChangesOften_whenCommitted_thenItIsWrittenOnceForEachBatch() {
        Changes changes = new Changes();
        TestBroker broker = startDurable(changes.store, 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        for (int i = 0; i < 100; i++) {
            publisher.publish("t", "v" + i, 1, i + 1, true);
        }
        broker.commit();

        // The first batch has what the loop had read by then, the next one everything else.
        assertThat(changes.count).isPositive().isLessThanOrEqualTo(3);
        assertThat(retainedOf(broker)).containsExactly("t=v99");
    }

    @Test
    void givenManyOfQos0WhileTheStoreIsFull_whenItHasRoom_thenNoBatchIsLongAndAllAreWritten() {
        Changes changes = new Changes();
        TestBroker broker = startDurable(changes.store, 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("first", "v", 0, 0, true);
        broker.settle(); // under way, so that the others gather
        for (int i = 0; i < 200; i++) {
            publisher.publish("t/" + i, "x".repeat(10_000), 0, 0, true);
        }
        publisher.publish("last", "v", 1, 1, true);
        broker.settle();
        int acknowledged = 0;
        for (int batches = 1; batches <= 2; batches++) {
            changes.store.commit();
            broker.settle();
            acknowledged += publisher.drain().size();
        }
        int writtenByThen = changes.store.size(Table.RETAINED);
        broker.commit();

        // Who waits does not wait for what nobody waits for.
        assertThat(acknowledged).isEqualTo(1);
        assertThat(writtenByThen).isLessThan(100);
        assertThat(changes.store.size(Table.RETAINED)).isEqualTo(202);
        assertThat(changes.longest).isLessThan(300_000);
    }

    @Test
    void givenQos1_whenTheStoreHasNotCommitted_thenItIsNotAcknowledged() {
        TestBroker broker = startDurable(store, 2);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "v", 1, 1, true);
        broker.settle();
        List<Packet> before = publisher.drain();
        broker.commit();

        assertThat(before).isEmpty();
        assertThat(publisher.story()).hasSize(1);
        assertThat(store.size(Table.RETAINED)).isEqualTo(1);
    }

    @Test
    void givenBatchesOfTwoLoopsUnderWay_whenAnotherStoreGetsThemTheOtherWayRound_thenTheNewestStateIsLast() {
        TestBroker broker = startDurable(store, 2);
        TestClient first = broker.connection(V5, 1).connect(broker.idAt(1, "first"));
        TestClient second = broker.connection(V5, 0).connect(broker.idAt(0, "second"));
        first.publish("t", "old", 0, 0, true);
        broker.settle();
        second.publish("t", "new", 0, 0, true);
        broker.settle();
        HeapStore next = new HeapStore();

        broker.broker().journals().store(null);
        broker.settle();
        broker.broker().journals().store(next); // the loops look in the order of their numbers
        broker.settle();
        next.commit();
        broker.settle();

        nothingIsLeft();
        assertThat(retainedOf(startDurable(next, 1))).containsExactly("t=new");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void givenExpiredMessages_whenSweptWhileOneIsSetAgain_thenTheNewOneStaysInTheStore(long seed) {
        TestBroker broker = startDurable(store, 2, new Random(seed));
        TestClient publisher = broker.connection(V5, 1).connect(broker.idAt(1, "pub"));
        publisher.send(publish("a", "old", 0, expiry(10)));
        publisher.send(publish("b", "old", 0, expiry(10)));
        broker.commit();
        broker.advance(11_000);
        broker.commit();

        broker.broker().sweep(); // the deletions are in the mailbox of the other loop
        publisher.publish("a", "new", 0, 0, true);
        broker.commit();

        assertThat(store.size(Table.RETAINED)).isEqualTo(1);
        assertThat(retainedOf(restart())).containsExactly("a=new");
    }

    @Test
    void givenRecordsThatCannotBeRead_whenRecovered_thenTheOthersAre() {
        TestBroker broker = startDurable(store, 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("good", "v", 0, 0, true);
        broker.commit();
        Batch batch = new Batch();
        batch.put(Table.RETAINED, bytes("empty"), new byte[0]);
        batch.put(Table.RETAINED, bytes("short"), new byte[] {1, 2, 3});
        batch.put(Table.RETAINED, bytes("form"), bytes("x".repeat(100)));
        store.commit(batch, Store.Durability.DISK, problem -> {});
        store.commit();

        TestBroker next = restart();

        assertThat(retainedOf(next)).containsExactly("good=v");
        assertThat(store.size(Table.RETAINED)).isEqualTo(4);
    }

    @Test
    void givenRestart_whenAMessageIsSet_thenWhoSubscribedBeforeGetsItOnceAndLive() {
        TestBroker broker = startDurable(store, 1);
        TestClient publisher = broker.connection(V5).connect("pub");
        IntStream.range(0, 50).forEach(i -> publisher.publish("t/" + i, "v", 0, 0, true));
        broker.commit();

        TestBroker next = restart();
        TestClient subscriber = next.connection(V5).connect("sub").subscribe("t/+", 0);
        int found = subscriber.messages().size();
        next.connection(V5).connect("pub2").publish("t/1", "w", 0, 0, true);
        next.commit();

        assertThat(found).isEqualTo(50);
        assertThat(subscriber.messages()).containsExactly("w");
    }

    @Test
    void givenWillThatIsRetained_whenTheBrokerStartsAgain_thenItIsThere() {
        TestBroker broker = startDurable(store, 2);
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("dies").will("w", "gone", 1, true, 0).build());
        client.hangUp();
        broker.commit();

        assertThat(retainedOf(restart())).containsExactly("w=gone");
    }

    private TestBroker restart() {
        nothingIsLeft();
        return startDurable(store, 2);
    }

    private static Set<String> retainedOf(TestBroker broker) {
        TestClient reader = broker.connection(V5).connect("reader").subscribe("#", 0);
        Set<String> found = new TreeSet<>();
        for (Packet packet : reader.drain()) {
            Packet.Publish publish = (Packet.Publish) packet;
            assertThat(found.add(publish.topic() + "=" + TestClient.text(publish)))
                    .as("once")
                    .isTrue();
        }
        reader.disconnect();
        return found;
    }

    private static Properties expiry(long seconds) {
        return Properties.builder()
                .with(Property.MESSAGE_EXPIRY_INTERVAL, seconds)
                .build();
    }

    private static Packet.Publish publish(String topic, String payload, int qos, Properties properties) {
        return new Packet.Publish(false, QoS.of(qos), true, topic, qos == 0 ? 0 : 1, bytes(payload), properties);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Counts what is written to the table of retained messages. */
    private static final class Changes {
        int count;
        int longest;
        final HeapStore store = new HeapStore() {
            @Override
            public synchronized void commit(
                    Batch batch, Durability durability, Consumer<@Nullable StoreException> done) {
                batch.forEach((table, kind, bytes, key, keyLength, value, valueLength) ->
                        count += table == Table.RETAINED ? 1 : 0);
                longest = Math.max(longest, batch.length());
                super.commit(batch, durability, done);
            }
        };
    }
}
