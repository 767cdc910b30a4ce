// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What differs from plain MQTT when it is asked for: {@code $queue/}, upgradeQos, ignoreLoopDeliver. */
class DeliveryOptionsTest extends BrokerTest {
    // --- $queue/filter ---

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givenMembersOfTheQueue_whenPublished_thenTheyTakeTurnsWithTheGroupOfThatName(int loops) {
        TestBroker broker = startOn(loops);
        TestClient one = broker.connection(V3).connect(broker.idAt(0, "one")).subscribe("$queue/a/+", 0);
        TestClient two =
                broker.connection(V5).connect(broker.idAt(loops - 1, "two")).subscribe("$share/$queue/a/+", 0);
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));

        publisher.publish("a/b", "1", 0, 0).publish("a/b", "2", 0, 0);

        assertThat(one.messages()).containsExactly("1");
        assertThat(two.messages()).containsExactly("2");
        assertThat(broker.gauge("subscriptions.shared.count")).isEqualTo(2);
    }

    @Test
    void givenFilterThatOnlyBeginsLikeAQueue_whenSubscribed_thenItIsPlain() {
        TestBroker broker = start();
        TestClient client =
                broker.connection(V5).connect("c").subscribe("$queue", 0).subscribe("$queues/a", 0);

        client.publish("$queue", "1", 0, 0).publish("$queues/a", "2", 0, 0);

        assertThat(client.messages()).containsExactly("1", "2");
        assertThat(broker.gauge("subscriptions.shared.count")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"$queue/", "$queue/a#", "$queue/#/a"})
    void givenQueueWithoutAFilterThatIsOne_whenSubscribed_thenItIsRefused(String filter) {
        TestBroker broker = start();
        TestClient client = broker.connection(V5).connect("c");

        Packet.SubAck answer = client.trySubscribe(Properties.NONE, request(filter, 0, false));

        assertThat(answer.reasons()).containsExactly(ReasonCode.TOPIC_FILTER_INVALID);
    }

    @Test
    void givenNoSharedSubscriptions_whenAQueueIsSubscribed_thenItIsRefused() {
        TestBroker broker = start("sharedSubscription=false");
        TestClient client = broker.connection(V5).connect("c");

        Packet.SubAck answer = client.trySubscribe(Properties.NONE, request("$queue/a", 0, false));

        assertThat(answer.reasons()).containsExactly(ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED);
    }

    @Test // [MQTT-3.8.3-4]
    void givenQueueWithNoLocal_whenSubscribed_thenItIsAProtocolError() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5).connect("c");

        client.send(new Packet.Subscribe(1, List.of(request("$queue/a", 0, true)), Properties.NONE));

        assertThat(client.story()).containsExactly("DISCONNECT PROTOCOL_ERROR");
    }

    @Test
    void givenQueue_whenUnsubscribedByTheSameText_thenItIsGone() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5).connect("c").subscribe("$queue/a", 0);

        client.send(new Packet.Unsubscribe(3, List.of("$queue/a"), Properties.NONE));

        assertThat(client.next(Packet.UnsubAck.class).reasons()).containsExactly(ReasonCode.SUCCESS);
        assertThat(broker.gauge("subscriptions.shared.count")).isZero();
    }

    // --- upgradeQos ---

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givenUpgrade_whenPublished_thenTheHigherQosOfBothCounts(int loops) {
        TestBroker broker = startOn(loops, "upgradeQos=true");
        TestClient low = broker.connection(V3).connect(broker.idAt(0, "low")).subscribe("t", 0);
        TestClient high =
                broker.connection(V5).connect(broker.idAt(loops - 1, "high")).subscribe("t", 2);
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));

        publisher.publish("t", "0", 0, 0).publish("t", "1", 1, 1);

        assertThat(low.story()).containsExactly("PUBLISH q0 t 0", "PUBLISH q1 t 1");
        assertThat(high.story()).containsExactly("PUBLISH q2 t 0", "PUBLISH q2 t 1");
    }

    @Test
    void givenUpgrade_whenSubscriptionsOverlap_thenTheHighestOfAllCounts() {
        TestBroker broker = start("upgradeQos=true");
        TestClient subscriber =
                broker.connection(V5).connect("sub").subscribe("t", 0).subscribe("+", 1);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("t", "0", 0, 0).publish("t", "2", 2, 2);

        assertThat(subscriber.story()).containsExactly("PUBLISH q1 t 0", "PUBLISH q2 t 2");
        publisher.ack(PacketType.PUBREL, 2);
    }

    @Test
    void givenUpgrade_whenRetainedOrShared_thenItCountsAsWell() {
        TestBroker broker = start("upgradeQos=true");
        TestClient publisher = broker.connection(V5).connect("pub").publish("t", "kept", 0, 0, true);
        TestClient subscriber =
                broker.connection(V5).connect("sub").subscribe("t", 2).subscribe("$share/g/s", 1);

        publisher.publish("s", "shared", 0, 0);

        assertThat(subscriber.story()).containsExactly("PUBLISH q2 retain t kept", "PUBLISH q1 s shared");
    }

    @Test
    void givenUpgradeWithQosZeroNotStored_whenOffline_thenWhatIsUpgradedWaits() {
        TestBroker broker = start("upgradeQos=true", "mqueueStoreQos0=false");
        broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(100).build())
                .subscribe("t", 1)
                .hangUp();
        broker.connection(V5).connect("pub").publish("t", "0", 0, 0);
        broker.settle();

        TestClient again = broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(100).build());

        assertThat(again.story()).containsExactly("PUBLISH q1 t 0");
    }

    @Test
    void givenUpgradeAndRefuse_whenAQosZeroMessageFindsAFullQueue_thenItIsDroppedAndTheBoundHolds() {
        TestBroker broker = start("upgradeQos=true", "queueFull=refuse", "maxQueueLength=2");
        broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(100).build())
                .subscribe("t", 1)
                .hangUp();
        TestClient publisher = broker.connection(V5).connect("pub");

        for (int i = 0; i < 5; i++) {
            publisher.publish("t", "" + i, 0, 0);
        }
        broker.settle();

        assertThat(broker.fate("queued")).isEqualTo(2);
        assertThat(broker.fate("dropped.queue_full")).isEqualTo(3);
    }

    @Test
    void givenNoUpgrade_whenItIsSwitchedOn_thenItCountsForSubscriptionsThatAreThere() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 1);
        TestClient publisher = broker.connection(V5).connect("pub").publish("t", "before", 0, 0);
        broker.settle();

        broker.reconfigure("upgradeQos=true");
        publisher.publish("t", "after", 0, 0);

        assertThat(subscriber.story()).containsExactly("PUBLISH q0 t before", "PUBLISH q1 t after");
    }

    // --- ignoreLoopDeliver ---

    @Test
    void givenLoopsIgnored_whenAnOlderClientPublishes_thenItDoesNotGetItAndOthersDo() {
        TestBroker broker = start("ignoreLoopDeliver=true");
        TestClient older = broker.connection(V3).connect("older").subscribe("t", 0);
        TestClient newer = broker.connection(V5).connect("newer").subscribe("t", 0);

        older.publish("t", "of older", 0, 0);
        newer.publish("t", "of newer", 0, 0);

        assertThat(older.messages()).containsExactly("of newer");
        assertThat(newer.messages()).containsExactly("of older", "of newer");
        assertThat(broker.count("delivery.dropped.no_local")).isEqualTo(1);
    }

    @Test
    void givenLoopsIgnored_whenTheSessionIsResumed_thenTheyStillAre() {
        TestBroker broker = start("ignoreLoopDeliver=true");
        Packet.Connect lasting = ConnectRequest.v3("c").resume(0).build();
        broker.connection(V3).connect(lasting).subscribe("t", 1).hangUp();

        TestClient again = broker.connection(V3).connect(lasting).publish("t", "own", 1, 1);

        assertThat(again.story()).containsExactly("PUBACK 1");
    }

    @Test
    void givenLoopsIgnored_whenAMemberOfAGroupPublishes_thenItMayGetItsOwn() {
        TestBroker broker = start("ignoreLoopDeliver=true");
        TestClient member = broker.connection(V3).connect("c").subscribe("$share/g/t", 0);

        member.publish("t", "own", 0, 0);

        assertThat(member.messages()).containsExactly("own");
    }

    @Test
    void givenSubscription_whenIgnoringIsSwitchedOn_thenItCountsFromTheNextSubscribe() {
        TestBroker broker = start();
        TestClient client = broker.connection(V3).connect("c").subscribe("t", 0);

        broker.reconfigure("ignoreLoopDeliver=true");
        client.publish("t", "still", 0, 0);
        assertThat(client.messages()).containsExactly("still");
        client.subscribe("t", 0).publish("t", "no more", 0, 0);

        assertThat(client.messages()).isEmpty();
    }

    private static Packet.Subscribe.Request request(String filter, int qos, boolean noLocal) {
        return new Packet.Subscribe.Request(filter, QoS.of(qos), noLocal, false, 0);
    }
}
