// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.admin.StorageInfo;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What an operator and the metrics are told of the store. */
class StorageTest extends BrokerTest {
    private final HeapStore store = new HeapStore();

    @Test
    void givenDurableAndOtherSessions_whenAsked_thenOnlyTheDurableOnesAreCounted() {
        TestBroker broker = startDurable(store, 2);
        for (String id : new String[] {"a", "b", "c"}) {
            broker.connection(V5).connect(ConnectRequest.v5(id).resume(60).build());
        }
        broker.connection(V5).connect(ConnectRequest.v5("d").build());
        broker.commit();

        StorageInfo info = ask(broker);

        assertThat(info.durability()).isEqualTo(Store.Durability.DISK);
        assertThat(info.problem()).isEmpty();
        assertThat(info.sessions()).isEqualTo(3);
        assertThat(info.uncommittedBytes()).isZero();
        assertThat(broker.broker().statistics().gauges())
                .containsEntry("store.sessions", 3L)
                .containsEntry("store.state", 1L);
        assertThat(broker.broker().statistics().counters())
                .containsEntry("store.commits", store.commits())
                .containsEntry("store.sync.errors", 0L);
    }

    @Test
    void givenStoreThatGoes_whenAsked_thenItIsSaidAndTheStateIsTold() {
        TestBroker broker = startDurable(store, 1);
        store.become(Store.State.FULL);
        long full = broker.broker().statistics().gauges().get("store.state");
        broker.broker().journals().store(null);

        StorageInfo info = ask(broker);

        assertThat(full).isEqualTo(2);
        assertThat(info.store()).isNull();
        assertThat(info.problem()).startsWith("the store is gone:");
        assertThat(broker.broker().statistics().gauges()).containsEntry("store.state", 0L);
        assertThatThrownBy(() -> broker.broker().storage().backup(Path.of("/nowhere")))
                .isInstanceOf(StoreException.class)
                .hasMessageStartingWith("the store is gone:");
    }

    @Test
    void givenStoreThatDoesNotAnswer_whenAsked_thenItIsSaidAndTheStateIsTold() {
        TestBroker broker = startDurable(store, 1);
        broker.connection(V5).send(ConnectRequest.v5("a").resume(60).build());
        broker.advance(11_000);

        StorageInfo info = ask(broker);

        assertThat(info.problem()).startsWith("the disk has not answered for 1");
        assertThat(broker.broker().statistics().gauges()).containsEntry("store.state", 4L);
        broker.commit();
        assertThat(ask(broker).problem()).isEmpty();
        assertThat(broker.broker().statistics().gauges()).containsEntry("store.state", 1L);
    }

    @Test
    void givenBrokerInMemory_whenAsked_thenItSaysSoAndHasNoMetricsOfAStore() {
        TestBroker broker = start();

        StorageInfo info = ask(broker);

        assertThat(info.durability()).isNull();
        assertThat(info.problem()).startsWith("nothing is kept:");
        assertThat(names(broker.broker().statistics().gauges())).isEmpty();
        assertThat(names(broker.broker().statistics().counters())).isEmpty();
        assertThatThrownBy(() -> broker.broker().storage().verify()).hasMessageStartingWith("nothing is kept:");
    }

    private static Iterable<String> names(Map<String, Long> metrics) {
        return metrics.keySet().stream()
                .filter(name -> name.startsWith("store."))
                .toList();
    }

    private static StorageInfo ask(TestBroker broker) {
        CompletionStage<StorageInfo> asked = ((BrokerStorage) broker.broker().storage()).ask();
        broker.advance(10);
        return asked.toCompletableFuture().join();
    }
}
