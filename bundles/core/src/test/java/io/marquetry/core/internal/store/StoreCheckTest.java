// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.testing.HeapStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/** Whether what is kept fits together is judged right, also while it changes. */
class StoreCheckTest {
    private final HeapStore store = new HeapStore();
    private final Batch batch = new Batch();

    @Test
    void givenWhatBelongsTogether_whenChecked_thenItIsSoundAndCounted() throws Exception {
        put(Table.SESSION, key(1));
        put(Table.SUBSCRIPTION, key(1, "a/+"));
        put(Table.QUEUE, key(1, 1));
        put(Table.QUEUE, key(1, 2));
        put(Table.INFLIGHT, key(1));
        put(Table.INBOX, ByteBuffer.allocate(10).putLong(1).putShort((short) 9).array());
        put(Table.RETAINED, "a/b".getBytes(StandardCharsets.UTF_8));

        StorageCheck check = check();

        assertThat(check.sentences()).isEmpty();
        assertThat(check.isSound()).isTrue();
        assertThat(check.records())
                .containsEntry("session", 1L)
                .containsEntry("queue", 2L)
                .containsEntry("msg", 0L)
                .containsEntry("retained", 1L);
    }

    @Test
    void givenRecordsOfNobody_whenChecked_thenTheyAreLeftoversAndNoDamage() throws Exception {
        put(Table.SESSION, key(2));
        put(Table.QUEUE, key(1, 1));
        put(Table.INBOX, ByteBuffer.allocate(10).putLong(3).array());

        StorageCheck check = check();

        assertThat(check.leftovers()).isEqualTo(2);
        assertThat(check.isSound()).isTrue();
        assertThat(check.sentences()).first().asString().contains("table queue", "session 1,");
    }

    @Test
    void givenKeysOfNoForm_whenChecked_thenEachIsDamage() throws Exception {
        put(Table.SESSION, new byte[7]);
        put(Table.SUBSCRIPTION, key(1));
        put(Table.SUBSCRIPTION, key(1, "a/#/b"));
        put(Table.QUEUE, key(1));
        put(Table.MESSAGE, new byte[] {1});
        put(Table.RETAINED, "a/+".getBytes(StandardCharsets.UTF_8));
        put(Table.RETAINED, new byte[] {(byte) 0xff});

        StorageCheck check = check();

        assertThat(check.damages()).isEqualTo(7);
        assertThat(check.sentences())
                .filteredOn(s -> s.startsWith("table retained"))
                .hasSize(2);
    }

    @Test
    void givenMoreThanAPageAndManyFindings_whenChecked_thenAllAreCountedAndTheFirstAreTold() throws Exception {
        for (int i = 0; i < 25_000; i++) {
            put(Table.QUEUE, key(i % 2, i));
        }
        put(Table.SESSION, key(1));

        StorageCheck check = check();

        assertThat(check.records()).containsEntry("queue", 25_000L);
        assertThat(check.leftovers()).isEqualTo(12_500);
        assertThat(check.sentences()).hasSize(100);
    }

    @Test
    void givenSessionThatEndsMeanwhile_whenChecked_thenItsRecordsAreNotTakenForLeftovers() throws Exception {
        put(Table.QUEUE, key(5, 1));
        commit();

        StorageCheck check = StoreCheck.of(store, () -> {
            batch.delete(Table.QUEUE, key(5, 1));
            commit();
        });

        assertThat(check.sentences()).isEmpty();
    }

    @Test
    void givenSessionThatIsCommittedBehindItsMessage_whenChecked_thenItIsWaitedFor() throws Exception {
        put(Table.QUEUE, key(6, 1));
        commit();

        StorageCheck check = StoreCheck.of(store, () -> {
            put(Table.SESSION, key(6));
            commit();
        });

        assertThat(check.sentences()).isEmpty();
    }

    @Test
    void givenTableThatCannotBeRead_whenChecked_thenThatIsDamageAndTheOthersAreReadAllTheSame() throws Exception {
        put(Table.SESSION, key(1));
        put(Table.QUEUE, key(1, 1));
        commit();
        Deque<String> problems = new ArrayDeque<>();
        problems.add("block 3 is not what was written");

        StorageCheck check = StoreCheck.of(new BadStore(store, Table.SUBSCRIPTION, problems), () -> {});

        assertThat(check.damages()).isEqualTo(2);
        assertThat(check.sentences())
                .containsExactly(
                        "block 3 is not what was written",
                        "table sub cannot be read from key (empty) on: checksum mismatch in 000012.sst");
        assertThat(check.records()).containsEntry("queue", 1L);
    }

    private StorageCheck check() throws StoreException {
        commit();
        return StoreCheck.of(store, () -> {});
    }

    private void put(Table table, byte[] key) {
        batch.put(table, key, new byte[0]);
    }

    private void commit() {
        store.commit(batch, Durability.DISK, problem -> {});
        store.commit();
        batch.clear();
    }

    private static byte[] key(long session) {
        return ByteBuffer.allocate(8).putLong(session).array();
    }

    private static byte[] key(long session, long sequence) {
        return ByteBuffer.allocate(16).putLong(session).putLong(sequence).array();
    }

    private static byte[] key(long session, String filter) {
        byte[] bytes = filter.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + bytes.length).putLong(session).put(bytes).array();
    }
}
