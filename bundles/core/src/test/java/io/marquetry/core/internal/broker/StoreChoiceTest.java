// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.config.Durability;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the door opens, and by which store. */
class StoreChoiceTest extends BrokerTest {
    @TempDir
    private Path data;

    private Runnable asked = () -> {};
    private final HeapStore store = new HeapStore() {
        @Override
        public byte @Nullable [] get(Table table, byte[] key) {
            asked.run();
            return super.get(table, key);
        }
    };
    private int opened;

    @Test
    void givenNoStore_whenTheExtensionsHaveSettled_thenAutoIsMemory() {
        TestBroker broker = start();
        StoreChoice storage = storage(broker, Durability.AUTO);
        assertThat(opened).isZero();

        storage.settled();
        storage.added(store, "late");
        broker.settle();

        assertThat(opened).isEqualTo(1);
        assertThat(broker.broker().journals().areKept()).isFalse();
        assertThat(store.pending()).isZero();
    }

    @Test
    void givenStore_whenTheExtensionsHaveSettled_thenItIsReadBeforeTheDoorOpens() {
        TestBroker broker = start();
        StoreChoice storage = storage(broker, Durability.AUTO);
        storage.added(store, "first");
        storage.added(new HeapStore(), "second");

        storage.settled();
        assertThat(opened).isZero();
        broker.settle();

        assertThat(opened).isEqualTo(1);
        assertThat(broker.broker().journals().store()).isSameAs(store);
        store.commit();
        assertThat(store.size(Table.META)).isEqualTo(2);
    }

    @Test
    void givenDiskWithoutStore_whenOneComes_thenTheDoorOpensOnlyThen() {
        TestBroker broker = start();
        StoreChoice storage = storage(broker, Durability.DISK);
        storage.settled();
        broker.settle();
        assertThat(opened).isZero();

        storage.added(store, "first");
        broker.settle();

        assertThat(opened).isEqualTo(1);
    }

    @Test
    void givenMemory_whenThereIsAStore_thenItIsNotTouched() {
        TestBroker broker = start();
        StoreChoice storage = storage(broker, Durability.MEMORY);
        storage.added(store, "first");

        storage.settled();
        broker.settle();

        assertThat(opened).isEqualTo(1);
        assertThat(broker.broker().journals().areKept()).isFalse();
        assertThat(store.pending()).isZero();
    }

    @Test
    void givenStoreInUse_whenItIsReplaced_thenItsOwnNextOneIsTakenAndNoOther() {
        TestBroker broker = start();
        StoreChoice storage = storage(broker, Durability.AUTO);
        storage.added(store, "first");
        storage.settled();
        broker.settle();
        storage.removed(store);
        assertThat(broker.broker().journals().store()).isNull();
        store.commit();
        HeapStore next = store.afterCrash(new Random(1));

        storage.added(new HeapStore(), "second");
        assertThat(broker.broker().journals().store()).isNull();
        storage.added(next, "first");

        assertThat(broker.broker().journals().store()).isSameAs(next);
        assertThat(opened).isEqualTo(1);
    }

    @Test
    void givenStoreOfAnotherLayout_whenItIsRead_thenTheDoorStaysClosed() {
        Batch batch = new Batch();
        batch.put(Table.META, "layout".getBytes(StandardCharsets.UTF_8), new byte[] {0, 0, 0, 9});
        store.commit(batch, Store.Durability.DISK, problem -> {});
        store.commit();
        TestBroker broker = start();
        StoreChoice storage = storage(broker, Durability.AUTO);
        storage.added(store, "first");

        storage.settled();
        broker.settle();

        assertThat(opened).isZero();
        assertThat(broker.broker().journals().areKept()).isFalse();
    }

    @Test
    void givenStoreThatWasUsed_whenAnEmptyFolderIsInItsPlace_thenTheDoorStaysClosedUntilItIsThere() {
        used(store);
        TestBroker broker = start();
        StoreChoice storage = storage(broker, Durability.AUTO);
        storage.added(new HeapStore(), "first");

        storage.settled();
        broker.settle();

        assertThat(opened).isZero();
        StoreChoice next = storage(broker, Durability.AUTO);
        next.added(store, "first");
        next.settled();
        broker.settle();
        assertThat(opened).isEqualTo(1);
    }

    @Test
    void givenStoreThatWasUsed_whenTheFileWithItsNameIsDeleted_thenAnotherIsTaken() throws IOException {
        used(store);
        Files.delete(data.resolve("store.name"));
        TestBroker broker = start();
        StoreChoice storage = storage(broker, Durability.AUTO);
        storage.added(new HeapStore(), "first");

        storage.settled();
        broker.settle();

        assertThat(opened).isEqualTo(1);
    }

    @Test
    void givenStoreInUse_whenAnEmptyOneComesInItsPlace_thenItIsNotTaken() {
        TestBroker broker = start();
        StoreChoice storage = inUseAndGone(broker);
        HeapStore empty = new HeapStore();

        storage.added(empty, "first");

        assertThat(broker.broker().journals().store()).isNull();
        assertThat(empty.pending()).isZero();
    }

    @Test
    void givenStoreInUse_whenItIsReplaced_thenTheNextIsReadWithoutALock() {
        TestBroker broker = start();
        StoreChoice storage = inUseAndGone(broker);
        List<Boolean> locked = new ArrayList<>();
        asked = () -> locked.add(Thread.holdsLock(storage));

        storage.added(store, "first");

        assertThat(locked).isNotEmpty().doesNotContain(true);
        assertThat(broker.broker().journals().store()).isSameAs(store);
    }

    @Test
    void givenStoreThatIsLookedAt_whenItGoesMeanwhile_thenItIsNotUsed() {
        TestBroker broker = start();
        StoreChoice storage = inUseAndGone(broker);
        asked = () -> storage.removed(store);

        storage.added(store, "first");

        assertThat(broker.broker().journals().store()).isNull();
        asked = () -> {};
        storage.added(store, "first");
        assertThat(broker.broker().journals().store()).isSameAs(store);
    }

    @Test
    void givenStoreThatIsRead_whenAnEmptyOneComesInItsPlaceMeanwhile_thenThatIsNotTaken() {
        TestBroker broker = start();
        AtomicReference<Runnable> reading = new AtomicReference<>();
        StoreChoice storage = storage(broker, Durability.AUTO, reading::set);
        storage.added(store, "first");
        storage.settled();
        Runnable read = reading.get();
        storage.removed(store);
        HeapStore empty = new HeapStore();
        storage.added(empty, "first");

        read.run();
        broker.settle();
        store.commit();
        reading.get().run();

        assertThat(opened).isEqualTo(1);
        assertThat(broker.broker().journals().store()).isNull();
        assertThat(empty.pending()).isZero();
    }

    private StoreChoice inUseAndGone(TestBroker broker) {
        StoreChoice storage = storage(broker, Durability.AUTO);
        storage.added(store, "first");
        storage.settled();
        broker.settle();
        store.commit();
        storage.removed(store);
        return storage;
    }

    private void used(HeapStore its) {
        try (TestBroker broker = TestBroker.on(1)) {
            StoreChoice storage = storage(broker, Durability.AUTO);
            storage.added(its, "first");
            storage.settled();
            broker.settle();
            its.commit();
            broker.settle();
        }
        opened = 0;
        assertThat(data.resolve("store.name")).isRegularFile();
    }

    private StoreChoice storage(TestBroker broker, Durability durability) {
        return storage(broker, durability, Runnable::run);
    }

    private StoreChoice storage(TestBroker broker, Durability durability, Executor reader) {
        return new StoreChoice(
                broker.broker(), durability, new KnownStore(data.resolve("store.name")), reader, () -> opened++);
    }
}
