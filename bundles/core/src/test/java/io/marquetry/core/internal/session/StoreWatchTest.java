// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.HeapStore;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that wait for the store: however many they are, it is one look that is taken for them. */
class StoreWatchTest extends BrokerTest {
    private static final int TEN_SECONDS = 10_000;
    private static final int LOOKS = TEN_SECONDS / 500;

    /** A store that counts how often it is asked how it is. */
    private static final class AskedStore extends HeapStore {
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public State state() {
            asked.incrementAndGet();
            return super.state();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 30})
    void givenFullStore_whenSessionsWithSharedMessagesEnd_thenOneLookIsTakenForAllOfThem(int sessions) {
        AskedStore store = new AskedStore();
        TestBroker broker = startDurable(store, 1, "refuseHoldSeconds=60");
        members(broker, sessions);
        TestClient heir = heir(broker, sessions);
        store.become(Store.State.FULL);
        end(broker, sessions);
        int before = store.asked.get();

        broker.advance(TEN_SECONDS);

        assertThat(store.asked.get() - before).isBetween(LOOKS - 1, LOOKS + 2);
        assertThat(heir.messages()).isEmpty();
        store.become(Store.State.READY);
        broker.advance(600);
        broker.commit();
        assertThat(heir.messages()).hasSize(sessions);
        assertThat(store.size(Table.QUEUE)).isZero();
        assertThat(broker.fate("dropped.redispatched")).isEqualTo(sessions);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 30})
    void givenNoStore_whenSessionsWithSharedMessagesInItEnd_thenNoneIsReadUntilItIsThere(int sessions) {
        TestBroker broker = startDurable(new HeapStore(), 1);
        members(broker, sessions);
        broker = restart(0, 1);
        TestClient heir = heir(broker, sessions);
        AtomicInteger reads = readsOf(broker);
        broker.broker().journals().store(null);
        end(broker, sessions);
        int before = reads.get();

        broker.advance(TEN_SECONDS);

        assertThat(reads.get() - before).isZero();
        broker.giveStore();
        broker.advance(600);
        broker.commit();
        assertThat(heir.messages()).hasSize(sessions);
        assertThat(broker.store().size(Table.QUEUE)).isZero();
    }

    @Test
    void givenClientsThatAreBack_whenTheStoreGoesBeforeTheirMessagesAreRead_thenNoneIsReadUntilItIsThere() {
        int sessions = 30;
        TestBroker broker = startDurable(new HeapStore(), 1);
        members(broker, sessions);
        broker = restart(0, 1);
        List<Runnable> reads = new ArrayList<>();
        broker.broker().readers(reads::add);
        List<TestClient> back = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            back.add(broker.connection(V5)
                    .connect(ConnectRequest.v5("member" + i).resume(1000).build()));
        }
        broker.commit();
        broker.broker().journals().store(null);
        assertThat(run(reads)).isEqualTo(sessions);

        broker.advance(TEN_SECONDS);

        assertThat(reads).isEmpty();
        broker.giveStore();
        broker.advance(600);
        assertThat(run(reads)).isEqualTo(sessions);
        broker.commit();
        assertThat(back).allSatisfy(client -> assertThat(client.messages()).containsExactly("m"));
    }

    /** More than go on in one turn; the rest follows by itself. */
    @Test
    void givenMoreThanOneTurnMoves_whenTheStoreTakesCommitsAgain_thenAllGoOn() {
        int sessions = 4;
        TestBroker broker = startDurable(new HeapStore(), 1, "refuseHoldSeconds=60", "maxQueueLength=0");
        members(broker, sessions);
        TestClient publisher = broker.connection(V5).connect("more");
        for (int i = 1; i <= 999; i++) {
            publisher.publish("t", "m", 1, i);
            if (i % 20 == 0) {
                broker.commit();
                publisher.drain();
            }
        }
        broker.commit();
        TestClient heir = heir(broker, sessions);
        broker.store().become(Store.State.FULL);
        end(broker, sessions);

        broker.store().become(Store.State.READY);
        broker.advance(2000);
        broker.commit();

        assertThat(broker.fate("dropped.redispatched")).isEqualTo(sessions * 1000L);
        assertThat(heir.messages()).isNotEmpty();
        assertThat(broker.store().size(Table.QUEUE)).isZero();
    }

    private static int run(List<Runnable> reads) {
        List<Runnable> all = List.copyOf(reads);
        reads.clear();
        all.forEach(Runnable::run);
        return all.size();
    }

    private static AtomicInteger readsOf(TestBroker broker) {
        AtomicInteger reads = new AtomicInteger();
        broker.broker().readers(task -> {
            reads.incrementAndGet();
            task.run();
        });
        return reads;
    }

    /** Each has a group of its own, is away, and one message waits for it. */
    private static void members(TestBroker broker, int sessions) {
        for (int i = 0; i < sessions; i++) {
            TestClient member = broker.connection(V5)
                    .connect(ConnectRequest.v5("member" + i).resume(1000).build());
            broker.commit();
            member.subscribe("$share/g" + i + "/t", 1);
            broker.commit();
            member.hangUp();
        }
        broker.connection(V5).connect("pub").publish("t", "m", 1, 1);
        broker.commit();
    }

    private static TestClient heir(TestBroker broker, int sessions) {
        TestClient heir = broker.connection(V5).connect("heir");
        for (int i = 0; i < sessions; i++) {
            heir.subscribe("$share/g" + i + "/t", 1);
        }
        broker.commit();
        return heir;
    }

    private static void end(TestBroker broker, int sessions) {
        for (int i = 0; i < sessions; i++) {
            broker.broker().clients().kick("member" + i);
        }
        broker.settle();
    }
}
