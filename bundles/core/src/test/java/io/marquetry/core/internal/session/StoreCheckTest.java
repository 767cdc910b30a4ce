// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a broker has written is found sound, what was done to it behind its back is found, also while it changes. */
class StoreCheckTest extends BrokerTest {
    private final HeapStore store = new HeapStore();
    private final Batch batch = new Batch();

    /** Something in every table: a message in flight, a long one that two queues share, one that is not released. */
    @BeforeEach
    void fill() {
        TestBroker broker = startDurable(store, 1);
        TestClient here = broker.connection(V5);
        here.send(ConnectRequest.v5("here").resume(60).build());
        TestClient away = broker.connection(V5);
        away.send(ConnectRequest.v5("away").resume(60).build());
        broker.commit();
        here.send(subscribe("a/+"));
        away.send(subscribe("a/#"));
        broker.commit();
        away.hangUp();
        here.publish("a/b", "x".repeat(500), 1, 1);
        here.publish("a/b", "short", 2, 2, true);
        broker.commit();
    }

    @Test
    void givenWhatABrokerHasWritten_whenChecked_thenItIsSoundAndCounted() throws Exception {
        StorageCheck check = check();

        assertThat(check.sentences()).isEmpty();
        assertThat(check.isSound()).isTrue();
        assertThat(check.records())
                .containsEntry("session", 2L)
                .containsEntry("sub", 2L)
                .containsEntry("queue", 4L)
                .containsEntry("msg", 1L)
                .containsEntry("inflight", 1L)
                .containsEntry("inbox", 1L)
                .containsEntry("retained", 1L);
    }

    @ParameterizedTest
    @EnumSource(
            value = Table.class,
            names = {"SESSION", "SUBSCRIPTION", "QUEUE", "MESSAGE", "INFLIGHT", "RETAINED"})
    void givenRecordThatIsCutOff_whenChecked_thenItIsDamage(Table table) throws Exception {
        byte[] key = keys(table).get(0);
        byte[] value = store.get(table, key);
        batch.put(table, key, Arrays.copyOf(value, 1));
        commit();

        StorageCheck check = check();

        assertThat(check.damages()).isEqualTo(1);
        assertThat(check.sentences())
                .first()
                .asString()
                .startsWith("table " + table.label() + " has a record that is not as it was written: expected");
    }

    @ParameterizedTest
    @EnumSource(value = Table.class, names = "META", mode = EnumSource.Mode.EXCLUDE)
    void givenKeyOfNoForm_whenChecked_thenItIsDamage(Table table) throws Exception {
        batch.put(table, new byte[] {(byte) 0xff}, new byte[30]);
        commit();

        assertThat(check().damages()).isEqualTo(1);
    }

    @Test
    void givenMessageThatIsGone_whenChecked_thenEveryQueueThatRefersToItIsDamaged() throws Exception {
        batch.delete(Table.MESSAGE, keys(Table.MESSAGE).get(0));
        commit();

        StorageCheck check = check();

        assertThat(check.damages()).isEqualTo(2);
        assertThat(check.sentences()).allMatch(s -> s.contains("refers to message 1, which is not there"));
    }

    @Test
    void givenMessageThatNobodyRefersTo_whenChecked_thenItIsALeftover() throws Exception {
        byte[] value = store.get(Table.MESSAGE, keys(Table.MESSAGE).get(0));
        batch.put(Table.MESSAGE, Keys.of(77), value);
        commit();

        StorageCheck check = check();

        assertThat(check.isSound()).isTrue();
        assertThat(check.sentences()).containsExactly("no queue refers to message 77");
    }

    @Test
    void givenMoreMessagesThanFitIntoMemory_whenReferencesAreLookedAt_thenNoneIsForgotten() throws Exception {
        byte[] value = store.get(Table.MESSAGE, keys(Table.MESSAGE).get(0));
        for (int i = 2; i <= 25; i++) {
            batch.put(Table.MESSAGE, Keys.of(i), value);
        }
        commit();
        List<Long> unused = new ArrayList<>();
        List<Long> missing = new ArrayList<>();

        new References(
                        store,
                        new References.Suspicions() {
                            @Override
                            public void missing(byte[] queueKey, long number) {
                                missing.add(number);
                            }

                            @Override
                            public void unused(long number) {
                                unused.add(number);
                            }

                            @Override
                            public void lookAgain() {}
                        },
                        7)
                .look();

        assertThat(missing).isEmpty();
        assertThat(unused).hasSize(24).isSorted().doesNotContain(1L);
    }

    @Test
    void givenRecordsOfNobody_whenChecked_thenTheyAreLeftoversAndNoDamage() throws Exception {
        byte[] value = ownMessage();
        for (int i = 0; i < 25_000; i++) {
            batch.put(Table.QUEUE, Keys.of(i % 2 == 0 ? 0 : 99, i), value);
        }
        commit();

        StorageCheck check = check();

        assertThat(check.records()).containsEntry("queue", 25_004L);
        assertThat(check.leftovers()).isEqualTo(25_000);
        assertThat(check.isSound()).isTrue();
        assertThat(check.sentences()).hasSize(100);
    }

    @Test
    void givenSessionThatEndsMeanwhile_whenChecked_thenItsRecordsAreNotTakenForLeftovers() throws Exception {
        batch.put(Table.QUEUE, Keys.of(99, 1), ownMessage());
        commit();

        StorageCheck check = StoreCheck.of(store, () -> {
            batch.delete(Table.QUEUE, Keys.of(99, 1));
            commit();
        });

        assertThat(check.sentences()).isEmpty();
    }

    @Test
    void givenSessionThatIsCommittedBehindItsMessage_whenChecked_thenItIsWaitedFor() throws Exception {
        batch.put(Table.QUEUE, Keys.of(99, 1), ownMessage());
        commit();

        StorageCheck check = StoreCheck.of(store, () -> {
            batch.put(Table.SESSION, Keys.of(99), new SessionRecord("late", 1, 60, 0, null).write());
            commit();
        });

        assertThat(check.sentences()).isEmpty();
    }

    @Test
    void givenTableThatCannotBeRead_whenChecked_thenThatIsDamageAndTheOthersAreReadAllTheSame() throws Exception {
        BadStore bad = new BadStore(store, Table.SUBSCRIPTION, List.of("block 3 is not what was written"));

        StorageCheck check = StoreCheck.of(bad, () -> {});

        assertThat(check.damages()).isEqualTo(2);
        assertThat(check.sentences())
                .containsExactly(
                        "block 3 is not what was written",
                        "table sub cannot be read from key (empty) on: checksum mismatch in 000012.sst");
        assertThat(check.records()).containsEntry("queue", 4L);
    }

    private StorageCheck check() throws StoreException {
        return StoreCheck.of(store, () -> {});
    }

    private byte[] ownMessage() throws StoreException {
        List<byte[]> values = new ArrayList<>();
        store.read(Table.QUEUE, Keys.FIRST, null, (key, value) -> values.add(value));
        return values.stream()
                .filter(value -> References.referredTo(value) == 0)
                .findFirst()
                .orElseThrow();
    }

    private List<byte[]> keys(Table table) throws StoreException {
        List<byte[]> keys = new ArrayList<>();
        store.read(table, Keys.FIRST, null, (key, value) -> keys.add(key));
        return keys;
    }

    private void commit() {
        store.commit(batch, Durability.DISK, problem -> {});
        store.commit();
        batch.clear();
    }

    private static Packet.Subscribe subscribe(String filter) {
        return new Packet.Subscribe(
                7, List.of(new Packet.Subscribe.Request(filter, QoS.EXACTLY_ONCE, false, false, 0)), Properties.NONE);
    }
}
