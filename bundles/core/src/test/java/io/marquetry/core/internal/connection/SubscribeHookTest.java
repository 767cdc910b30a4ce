// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.SubscribeHook;
import io.marquetry.api.hook.SubscribeHook.Verdict;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SubscribeHookTest extends BrokerTest {
    private final List<String> ended = new ArrayList<>();

    /** Refuses {@code no/...}, makes {@code tenant/...} of {@code own/...}. */
    private final SubscribeHook hook = new SubscribeHook() {
        @Override
        public Verdict onSubscribe(ClientInfo client, TopicFilter filter, QoS qos) {
            if (filter.text().startsWith("no/")) {
                return new Verdict.Refuse(ReasonCode.QUOTA_EXCEEDED);
            }
            if (filter.text().startsWith("own/")) {
                String tenant = "tenant/" + filter.text().substring(4);
                return new Verdict.Replace(TopicFilter.parse(tenant), QoS.AT_MOST_ONCE);
            }
            return Verdict.PASS;
        }

        @Override
        public void onUnsubscribe(ClientInfo client, TopicFilter filter) {
            ended.add(filter.text());
        }
    };

    private static Packet.Subscribe.Request request(String filter, int qos) {
        return new Packet.Subscribe.Request(filter, QoS.of(qos), false, false, 0);
    }

    private static List<ReasonCode> unsubscribe(TestClient client, String filter) {
        client.send(new Packet.Unsubscribe(9, List.of(filter), Properties.NONE));
        return client.next(Packet.UnsubAck.class).reasons();
    }

    @Test
    void givenHook_whenClientSubscribes_thenEachFilterIsJudgedAlone() {
        TestBroker broker = start();
        broker.hooks().subscribeHooks().add(hook, new Origin("test", 0, 1));
        TestClient client = broker.connection(V5).connect("client");

        Packet.SubAck answer =
                client.trySubscribe(Properties.NONE, request("no/a", 1), request("own/a", 1), request("a", 1));

        assertThat(answer.reasons())
                .containsExactly(ReasonCode.QUOTA_EXCEEDED, ReasonCode.SUCCESS, ReasonCode.GRANTED_QOS_1);
        client.publish("own/a", "theirs", 0, 0).publish("tenant/a", "own", 0, 0).publish("no/a", "none", 0, 0);
        assertThat(client.messages()).containsExactly("own");
    }

    @Test
    void givenReplacedSubscription_whenClientUnsubscribesByItsOwnFilter_thenItEnds() {
        TestBroker broker = start();
        broker.hooks().subscribeHooks().add(hook, new Origin("test", 0, 1));
        TestClient client = broker.connection(V5).connect("client").subscribe("own/a", 1);

        assertThat(unsubscribe(client, "own/b")).containsExactly(ReasonCode.NO_SUBSCRIPTION_EXISTED);
        assertThat(ended).isEmpty();
        assertThat(unsubscribe(client, "own/a")).containsExactly(ReasonCode.SUCCESS);
        assertThat(ended).containsExactly("tenant/a");
        assertThat(unsubscribe(client, "own/a")).containsExactly(ReasonCode.NO_SUBSCRIPTION_EXISTED);
        assertThat(broker.gauge("subscriptions.count")).isZero();
    }

    @Test
    void givenReplacedSubscription_whenItIsMadeAgainWithoutTheHook_thenTheFormerOneEnds() {
        TestBroker broker = start();
        broker.hooks().subscribeHooks().add(hook, new Origin("test", 0, 1));
        TestClient client = broker.connection(V5).connect("client").subscribe("own/a", 1);
        broker.hooks().subscribeHooks().remove(hook);

        client.subscribe("own/a", 1);

        client.publish("tenant/a", "former", 0, 0).publish("own/a", "present", 0, 0);
        assertThat(client.messages()).containsExactly("present");
    }

    @Test
    void givenReplacedSubscription_whenRightsChange_thenTheRightToWhatTheClientSentCounts() {
        TestBroker broker = start();
        Set<String> allowed = new HashSet<>(Set.of("own/a", "tenant/b"));
        broker.hooks().subscribeHooks().add(hook, new Origin("test", 0, 1));
        broker.hooks()
                .authorizers()
                .add(
                        (client, action, topic) -> action instanceof Action.Publish || allowed.contains(topic)
                                ? Decision.ALLOW
                                : Decision.DENY,
                        new Origin("rights", 0, 2));
        TestClient client = broker.connection(V5).connect("client").subscribe("own/a", 1);

        broker.broker().policy().changed();
        client.publish("tenant/a", "still", 0, 0);
        assertThat(client.messages()).containsExactly("still");
        allowed.remove("own/a");
        broker.broker().policy().changed();
        client.publish("tenant/a", "no longer", 0, 0);

        assertThat(client.messages()).isEmpty();
    }

    @Test
    void givenTwoFiltersMadeOne_whenOneIsLeft_thenTheSubscriptionStays() {
        TestBroker broker = start();
        SubscribeHook one = (client, filter, qos) -> new Verdict.Replace(TopicFilter.parse("one"), qos);
        broker.hooks().subscribeHooks().add(one, new Origin("test", 0, 1));
        TestClient client =
                broker.connection(V5).connect("client").subscribe("a", 0).subscribe("b", 0);

        assertThat(unsubscribe(client, "a")).containsExactly(ReasonCode.SUCCESS);
        client.publish("one", "still", 0, 0);
        assertThat(client.messages()).containsExactly("still");
        assertThat(unsubscribe(client, "b")).containsExactly(ReasonCode.SUCCESS);
        assertThat(broker.gauge("subscriptions.count")).isZero();
    }

    @Test
    void givenAnswerThatComesLater_whenClientGoesOn_thenItsPacketsWait() {
        TestBroker broker = start();
        CompletableFuture<Verdict> late = new CompletableFuture<>();
        SubscribeHook later = (client, filter, qos) -> new Verdict.Later(late);
        broker.hooks().subscribeHooks().add(later, new Origin("test", 0, 1));
        TestClient client = broker.connection(V5).connect("client");

        client.send(new Packet.Subscribe(7, List.of(request("a", 0)), Properties.NONE))
                .publish("a", "behind", 0, 0);

        assertThat(client.story()).isEmpty();
        late.complete(Verdict.PASS);
        assertThat(client.story()).containsExactly("SUBACK", "PUBLISH q0 a behind");
    }

    @Test
    void givenHookThatThrowsOrIsLate_whenClientSubscribes_thenItIsRefused() {
        TestBroker broker = start("hookTimeoutSeconds=5");
        SubscribeHook broken = (client, filter, qos) -> {
            if (filter.text().equals("throw")) {
                throw new IllegalStateException("a fault of the hook");
            }
            return new Verdict.Later(new CompletableFuture<>());
        };
        broker.hooks().subscribeHooks().add(broken, new Origin("test", 0, 1));
        TestClient client = broker.connection(V5).connect("client");

        assertThat(client.trySubscribe(Properties.NONE, request("throw", 0)).reasons())
                .containsExactly(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
        client.send(new Packet.Subscribe(8, List.of(request("late", 0)), Properties.NONE));
        broker.advance(6000);
        assertThat(client.next(Packet.SubAck.class).reasons())
                .containsExactly(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
    }
}
