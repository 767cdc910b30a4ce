// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.ClientDetails;
import io.marquetry.api.admin.SubscriptionInfo;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.codec.PacketType;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What an operator is told of sessions and subscriptions. */
class AdminViewTest extends BrokerTest {
    @Test
    void givenMoreSessionsThanASlice_whenListed_thenTheLoopDoesOtherThingsInBetween() {
        TestBroker broker = start();
        List<TestClient> clients = connect(broker, 2 * SessionWalk.SLICE + 500);

        CompletionStage<List<ClientDetails>> list = broker.broker().clients().list("c1", 3);
        CompletionStage<List<ClientInfo>> connected = broker.broker().clients().connected();
        broker.settle();
        boolean doneInOneTurn = list.toCompletableFuture().isDone()
                || connected.toCompletableFuture().isDone();
        clients.forEach(client -> {
            if (!client.equals(clients.get(1_100)) && !client.equals(clients.get(1_001))) {
                client.hangUp();
            }
        });
        connect(broker, "late");
        broker.advance(3L * SessionWalk.PAUSE_MILLIS);

        assertThat(doneInOneTurn).isFalse();
        // What had its turn before the others ended is in the list too: it was there.
        assertThat(ids(join(list))).hasSize(3).isSorted().contains("c1001");
        assertThat(join(connected))
                .extracting(ClientInfo::clientId)
                .hasSizeBetween(SessionWalk.SLICE, SessionWalk.SLICE + 2)
                .doesNotHaveDuplicates()
                .contains("c1001", "c1100")
                .doesNotContain("late");
    }

    @Test
    void givenMoreWillsAndClientsThanASlice_whenAListenerEnds_thenTheLoopDoesOtherThingsInBetween() {
        TestBroker broker = start();
        for (int i = 0; i < 250; i++) {
            broker.connection(V5)
                    .connect(ConnectRequest.v5("c" + i)
                            .will("will", "gone", 0, false, 0)
                            .build());
        }

        CompletionStage<?> done = broker.broker().endConnections("tcp:default");
        broker.settle();
        Set<Long> endedSoFar = new TreeSet<>();
        for (int turn = 0; turn < 10; turn++) {
            endedSoFar.add(broker.endings().getOrDefault("shutting_down", 0L));
            broker.advance(SessionWalk.PAUSE_MILLIS);
        }

        assertThat(done.toCompletableFuture()).isCompleted();
        // The wills go first, in slices too: nobody has been told goodbye when the first of them are out.
        assertThat(endedSoFar).containsExactly(0L, 100L, 200L, 250L);
    }

    @Test
    void givenSessionsOnSeveralLoops_whenTheFirstAreAskedFor_thenTheyComeInOrder() {
        TestBroker broker = startOn(3);
        connect(broker, "b", "a", "d", "x1", "c", "x2");

        CompletionStage<List<ClientDetails>> first = broker.broker().clients().list("", 3);
        CompletionStage<List<ClientDetails>> some = broker.broker().clients().list("x", 10);
        CompletionStage<List<ClientDetails>> none = broker.broker().clients().list("", 0);
        broker.settle();

        assertThat(ids(join(first))).containsExactly("a", "b", "c");
        assertThat(ids(join(some))).containsExactly("x1", "x2");
        assertThat(join(none)).isEmpty();
    }

    @Test
    void givenSubscriptionsOnSeveralLoops_whenTheFirstAreAskedFor_thenTheyComeInOrder() {
        TestBroker broker = startOn(3);
        connect(broker, "b", "a", "c")
                .forEach(client -> client.subscribe("t/2", 1).subscribe("t/1", 0));

        CompletionStage<List<SubscriptionInfo>> first =
                broker.broker().subscriptions().list(null, 3);
        CompletionStage<List<SubscriptionInfo>> ofOne =
                broker.broker().subscriptions().list("c", 10);
        CompletionStage<List<SubscriptionInfo>> ofNobody =
                broker.broker().subscriptions().list("nobody", 10);
        broker.settle();

        assertThat(join(first))
                .containsExactly(
                        new SubscriptionInfo("a", "t/1", 0, false, false),
                        new SubscriptionInfo("a", "t/2", 1, false, false),
                        new SubscriptionInfo("b", "t/1", 0, false, false));
        assertThat(join(ofOne)).extracting(SubscriptionInfo::filter).containsExactly("t/1", "t/2");
        assertThat(join(ofNobody)).isEmpty();
        assertThat(broker.broker().subscriptions().filters(10)).containsExactly("t/1", "t/2");
    }

    @Test
    void givenSession_whenItsClientComesAndGoes_thenItsTimesAreTold() {
        TestBroker broker = start();
        TestClient client =
                broker.connection(V5).connect(ConnectRequest.v5("c").resume(600).build());
        long began = details(broker, "c").createdAt();
        broker.advance(5_000);
        client.hangUp();
        ClientDetails offline = details(broker, "c");
        broker.advance(5_000);
        broker.connection(V5).connect(ConnectRequest.v5("c").resume(600).build());
        ClientDetails back = details(broker, "c");

        assertThat(began).isEqualTo(1_700_000_000_000L + 1_000_000);
        assertThat(offline.isConnected()).isFalse();
        assertThat(offline.createdAt()).isEqualTo(began);
        assertThat(offline.disconnectedAt()).isEqualTo(began + 5_000);
        assertThat(back.createdAt()).isEqualTo(began);
        assertThat(back.disconnectedAt()).isZero();
    }

    @Test
    void givenOfflineSession_whenItsQueueOverflows_thenBytesAndDropsAreTold() {
        TestBroker broker = start("maxQueueLength=2");
        broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(600).build())
                .subscribe("t", 1)
                .hangUp();
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "1", 1, 1);
        long one = details(broker, "c").queueBytes();

        publisher.publish("t", "2", 1, 2).publish("t", "3", 1, 3).publish("t", "4", 1, 4);

        ClientDetails full = details(broker, "c");
        assertThat(one).isPositive();
        assertThat(full.queueBytes()).isEqualTo(2 * one);
        assertThat(full.queueLength()).isEqualTo(2);
        assertThat(full.dropped()).isEqualTo(2);
    }

    @Test
    void givenQueueThatRefuses_whenAMessageWithoutAcknowledgementFindsNoRoom_thenItCountsAsDropped() {
        TestBroker broker = start("maxQueueLength=1", "queueFull=refuse", "mqueueStoreQos0=true");
        broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(600).build())
                .subscribe("t", 1)
                .hangUp();
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("t", "1", 0, 0).publish("t", "2", 0, 0);

        assertThat(details(broker, "c").dropped()).isEqualTo(1);
        assertThat(details(broker, "pub").dropped()).isZero();
    }

    @Test
    void givenMessageInFlight_whenItIsAcknowledged_thenItsBytesAreGone() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(600).build())
                .subscribe("t", 1);
        broker.connection(V5).connect("pub").publish("t", "1", 1, 1);
        ClientDetails before = details(broker, "c");

        subscriber.ack(PacketType.PUBACK, 1);

        assertThat(before.queueBytes()).isPositive();
        assertThat(before.inflight()).isEqualTo(1);
        assertThat(details(broker, "c").queueBytes()).isZero();
    }

    private static List<TestClient> connect(TestBroker broker, String... ids) {
        List<TestClient> clients = new ArrayList<>();
        for (String id : ids) {
            clients.add(broker.connection(V5).connect(id));
        }
        return clients;
    }

    private static List<TestClient> connect(TestBroker broker, int count) {
        String[] ids = new String[count];
        for (int i = 0; i < count; i++) {
            ids[i] = "c" + i;
        }
        return connect(broker, ids);
    }

    private static List<String> ids(List<ClientDetails> clients) {
        return clients.stream().map(ClientDetails::clientId).toList();
    }

    private static ClientDetails details(TestBroker broker, String id) {
        var found = broker.broker().clients().find(id);
        broker.settle();
        return join(found).orElseThrow();
    }

    private static <T> T join(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }
}
