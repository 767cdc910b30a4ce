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
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** When the door opens, and by which store. */
class StoreChoiceTest extends BrokerTest {
    private final HeapStore store = new HeapStore();
    private int opened;

    @Test
    void givenNoStore_whenTheExtensionsHaveSettled_thenAutoIsMemory() {
        TestBroker broker = start();
        StoreChoice choice = choice(broker, Durability.AUTO);
        assertThat(opened).isZero();

        choice.settled();
        choice.added(store, "late");
        broker.settle();

        assertThat(opened).isEqualTo(1);
        assertThat(broker.broker().journals().areKept()).isFalse();
        assertThat(store.pending()).isZero();
    }

    @Test
    void givenStore_whenTheExtensionsHaveSettled_thenItIsReadBeforeTheDoorOpens() {
        TestBroker broker = start();
        StoreChoice choice = choice(broker, Durability.AUTO);
        choice.added(store, "first");
        choice.added(new HeapStore(), "second");

        choice.settled();
        assertThat(opened).isZero();
        broker.settle();

        assertThat(opened).isEqualTo(1);
        assertThat(broker.broker().journals().store()).isSameAs(store);
        store.commit();
        assertThat(store.size(Table.META)).isEqualTo(1);
    }

    @Test
    void givenDiskWithoutStore_whenOneComes_thenTheDoorOpensOnlyThen() {
        TestBroker broker = start();
        StoreChoice choice = choice(broker, Durability.DISK);
        choice.settled();
        broker.settle();
        assertThat(opened).isZero();

        choice.added(store, "first");
        broker.settle();

        assertThat(opened).isEqualTo(1);
    }

    @Test
    void givenMemory_whenThereIsAStore_thenItIsNotTouched() {
        TestBroker broker = start();
        StoreChoice choice = choice(broker, Durability.MEMORY);
        choice.added(store, "first");

        choice.settled();
        broker.settle();

        assertThat(opened).isEqualTo(1);
        assertThat(broker.broker().journals().areKept()).isFalse();
        assertThat(store.pending()).isZero();
    }

    @Test
    void givenStoreInUse_whenItIsReplaced_thenItsOwnNextOneIsTakenAndNoOther() {
        TestBroker broker = start();
        StoreChoice choice = choice(broker, Durability.AUTO);
        choice.added(store, "first");
        choice.settled();
        broker.settle();
        choice.removed(store);
        assertThat(broker.broker().journals().store()).isNull();
        HeapStore next = new HeapStore();

        choice.added(new HeapStore(), "second");
        assertThat(broker.broker().journals().store()).isNull();
        choice.added(next, "first");

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
        StoreChoice choice = choice(broker, Durability.AUTO);
        choice.added(store, "first");

        choice.settled();
        broker.settle();

        assertThat(opened).isZero();
        assertThat(broker.broker().journals().areKept()).isFalse();
    }

    private StoreChoice choice(TestBroker broker, Durability durability) {
        return new StoreChoice(broker.broker(), durability, Runnable::run, () -> opened++);
    }
}
