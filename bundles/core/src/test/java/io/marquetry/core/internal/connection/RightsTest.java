// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.Access.Explanation;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import io.marquetry.core.internal.testing.TestRights;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of a client's rights, and how soon one that was taken away is gone. */
class RightsTest extends BrokerTest {
    // --- memory ---

    @Test
    void givenDecision_whenTheTopicComesAgain_thenNobodyIsAsked() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker).decide("no", Decision.DENY);
        TestClient client = broker.connection(V5).connect("c");

        for (int i = 1; i <= 4; i++) {
            client.publish("yes", "", 1, i).publish("no", "", 1, 10 + i);
        }

        assertThat(client.story())
                .hasSize(8)
                .filteredOn(s -> s.contains("NOT_AUTHORIZED"))
                .hasSize(4);
        assertThat(rights.asked).containsExactly("c pub yes", "c pub no");
        assertThat(broker.count("authorization.cache_miss")).isEqualTo(2);
        assertThat(broker.count("authorization.cache_hit")).isEqualTo(6);
        assertThat(broker.count("authorization.allow")).isEqualTo(4);
        assertThat(broker.count("authorization.deny")).isEqualTo(4);
        assertThat(broker.count("client.authorize")).isEqualTo(8);
    }

    @Test
    void givenDecision_whenQosOrRetainAreOthers_thenItIsAnother() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        TestClient client = broker.connection(V5).connect("c");

        client.publish("a", "", 0, 0).publish("a", "", 1, 1).publish("a", "", 0, 0, true);
        client.drain();

        assertThat(rights.asked).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"policy", "client", "arrival", "ranking", "removal", "noMatch", "age"})
    void givenDecision_whenItMayBeWrong_thenTheNextMessageIsDecidedAnew(String why) {
        TestBroker broker = start("authorizationCacheTtlSeconds=60", "noMatch=deny");
        TestRights rights = TestRights.in(broker);
        TestClient client = broker.connection(V5).connect("c");
        client.publish("a", "1", 1, 1).publish("a", "2", 1, 2);
        assertThat(client.story()).noneMatch(s -> s.contains("NOT_AUTHORIZED"));
        rights.decide("a", Decision.DENY);

        change(broker, rights, why);
        client.publish("a", "3", 1, 3);

        assertThat(client.story()).containsExactly("PUBACK 3 NOT_AUTHORIZED");
    }

    private static void change(TestBroker broker, TestRights rights, String why) {
        switch (why) {
            case "policy" -> broker.broker().policy().changed();
            case "client" -> broker.broker().policy().changed("c");
            case "arrival" ->
                broker.hooks()
                        .authorizers()
                        .add((client, action, topic) -> Decision.ABSTAIN, new Origin("other", 9, 2));
            case "ranking" -> broker.hooks().authorizers().update(rights, new Origin("test.rights", 7, 1));
            case "removal" -> broker.hooks().authorizers().remove(rights);
            case "noMatch" -> broker.reconfigure("authorizationCacheTtlSeconds=60", "noMatch=auto");
            default -> broker.advance(60_200);
        }
        broker.settle();
    }

    @Test
    void givenFailure_whenTheTopicComesAgain_thenItIsAskedAgain() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        rights.broken(true);
        TestClient client = broker.connection(V5).connect("c");
        client.publish("a", "", 1, 1);
        assertThat(client.story()).containsExactly("PUBACK 1 NOT_AUTHORIZED");

        rights.broken(false);
        client.publish("a", "", 1, 2);

        assertThat(client.story()).containsExactly("PUBACK 2 NO_MATCHING_SUBSCRIBERS");
        assertThat(broker.count("authorization.error")).isOne();
    }

    @Test
    void givenNoMemory_whenTheTopicComesAgain_thenItIsAskedAgain() {
        TestBroker broker = start("authorizationCache=false");
        TestRights rights = TestRights.in(broker);
        TestClient client = broker.connection(V5).connect("c");

        client.publish("a", "", 1, 1).publish("a", "", 1, 2).publish("a", "", 1, 3);
        client.drain();

        assertThat(rights.asked).hasSize(3);
    }

    @Test
    void givenMoreTopicsThanAreRemembered_whenTheFirstComesAgain_thenItIsAskedAgain() {
        TestBroker broker = start("authorizationCacheSize=2");
        TestRights rights = TestRights.in(broker);
        TestClient client = broker.connection(V5).connect("c");

        for (String topic : List.of("a", "b", "a", "c", "a", "b")) {
            client.publish(topic, "", 0, 0);
        }
        client.drain();

        assertThat(rights.asked).containsExactly("c pub a", "c pub b", "c pub c", "c pub b");
    }

    @Test
    void givenAnswerOfAnOlderPolicy_whenItComesLate_thenItIsNotRemembered() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        CompletableFuture<Decision> answer = rights.later();
        TestClient client = broker.connection(V5).connect("c");
        client.publish("a", "", 1, 1);
        broker.settle();
        broker.broker().policy().changed();

        answer.complete(Decision.ALLOW);
        broker.settle();
        client.publish("a", "", 1, 2);

        assertThat(client.story()).hasSize(2);
        assertThat(rights.asked).hasSize(2);
    }

    @Test
    void givenDenyActionDisconnect_whenClientSubscribesToWhatItMayNot_thenItsConnectionEnds() {
        TestBroker broker = start("denyAction=disconnect");
        TestRights.in(broker).decide("a", Decision.DENY);
        TestClient client = broker.connection(V5).connect("c");

        client.send(new Packet.Subscribe(
                1, List.of(new Packet.Subscribe.Request("a", QoS.AT_MOST_ONCE, false, false, 0)), Properties.NONE));

        assertThat(client.story()).containsExactly("DISCONNECT NOT_AUTHORIZED");
        assertThat(broker.endings()).containsEntry("not_authorized", 1L);
    }

    // --- subscriptions that are there ---

    @ParameterizedTest
    @ValueSource(strings = {"policy", "client", "age"})
    void givenSubscription_whenItsRightEnds_thenItDeliversNothingUntilItIsBack(String why) {
        TestBroker broker = startOn(2, "authorizationCacheTtlSeconds=60");
        TestRights rights = TestRights.in(broker);
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "p"));
        TestClient client = broker.connection(V5).connect("c").subscribe("a/#", 1);
        publisher.publish("a/b", "1", 0, 0);
        assertThat(client.messages()).containsExactly("1");

        rights.decide("a/#", Decision.DENY);
        change(broker, rights, why);
        publisher.publish("a/b", "2", 0, 0).publish("a/b", "3", 1, 9);
        List<String> withheld = client.messages();
        long dropped = broker.fate("dropped.not_authorized");
        rights.decide("a/#", Decision.ALLOW);
        change(broker, rights, why);
        publisher.publish("a/b", "4", 0, 0);

        assertThat(withheld).isEmpty();
        assertThat(dropped).isEqualTo(2);
        assertThat(client.messages()).containsExactly("4");
        assertThat(rights.asked).filteredOn(s -> s.equals("c sub a/#")).hasSize(3);
    }

    @Test
    void givenTwoSubscriptionsThatMatch_whenOneIsWithheld_thenTheOtherDelivers() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        TestClient client =
                broker.connection(V5).connect("c").subscribe("a/#", 0).subscribe("a/+", 0);

        rights.decide("a/#", Decision.DENY);
        broker.broker().policy().changed();
        client.publish("a/b", "1", 0, 0);

        assertThat(client.messages()).containsExactly("1");
    }

    @Test
    void givenAnswerThatTakesTime_whenMessagesCome_thenTheSubscriptionIsWhatItWas() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        TestClient publisher = broker.connection(V5).connect("p");
        TestClient client = broker.connection(V5).connect("c").subscribe("a", 0);
        publisher.publish("a", "0", 0, 0);
        broker.settle();
        broker.broker().policy().changed("c");
        broker.settle();
        CompletableFuture<Decision> answer = rights.later();
        publisher.publish("a", "1", 0, 0).publish("a", "2", 0, 0);
        List<String> before = client.messages();

        answer.complete(Decision.DENY);
        broker.settle();
        publisher.publish("a", "3", 0, 0);

        assertThat(before).containsExactly("0", "1", "2");
        assertThat(client.messages()).isEmpty();
        assertThat(rights.asked).filteredOn(s -> s.equals("c sub a")).hasSize(2);
    }

    @Test
    void givenBackendThatIsDown_whenARightIsLookedAt_thenTrafficGoesOn() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        TestClient client = broker.connection(V5).connect("c").subscribe("a", 0);
        client.publish("a", "0", 0, 0);
        assertThat(client.messages()).containsExactly("0");
        TestClient publisher = broker.connection(V5).connect("p");
        publisher.publish("a", "1", 0, 0);
        broker.settle();

        rights.broken(true);
        broker.broker().policy().changed("c");
        publisher.publish("a", "2", 0, 0);

        assertThat(client.messages()).containsExactly("1", "2");
    }

    @Test
    void givenWithheldSubscription_whenItIsUnsubscribedOrMadeAgain_thenNothingIsLeftOfThat() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        TestClient client = broker.connection(V5).connect("c").subscribe("a", 0).subscribe("b", 0);
        rights.decide("a", Decision.DENY).decide("b", Decision.DENY);
        broker.broker().policy().changed();
        TestClient publisher = broker.connection(V5).connect("p");
        publisher.publish("a", "1", 0, 0).publish("b", "1", 0, 0);
        broker.settle();
        rights.decide("a", Decision.ALLOW);

        broker.broker().policy().changed();
        client.send(new Packet.Unsubscribe(3, List.of("b"), Properties.NONE));
        client.subscribe("a", 0);
        client.drain();
        rights.decide("pub", Decision.ALLOW);
        client.publish("a", "2", 0, 0);

        assertThat(client.story()).contains("PUBLISH q0 a 2");
    }

    // --- queues ---

    @Test
    void givenQueueOfAClientThatIsAway_whenItComesBackWithoutTheRight_thenThoseMessagesDoNotLeave() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        TestClient publisher = broker.connection(V5).connect("p");
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(300).build())
                .subscribe("open/#", 1)
                .subscribe("secret/#", 1);
        client.hangUp();
        publisher.publish("secret/1", "s", 1, 1).publish("open/1", "o", 1, 2);
        broker.settle();

        rights.decide("secret/#", Decision.DENY);
        broker.broker().policy().changed();
        TestClient back =
                broker.connection(V5).connect(ConnectRequest.v5("c").resume(300).build());

        assertThat(back.story()).containsExactly("PUBLISH q1 open/1 o");
        assertThat(broker.fate("dropped.not_authorized")).isOne();
    }

    @Test
    void givenAnswersThatTakeTime_whenAClientComesBack_thenItsQueueWaitsForThem() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        TestClient publisher = broker.connection(V5).connect("p");
        publisher.publish("a", "0", 1, 1);
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(300).build())
                .subscribe("a", 1);
        client.hangUp();
        publisher.publish("a", "1", 1, 2);
        broker.settle();
        CompletableFuture<Decision> answer = rights.later();
        TestClient back =
                broker.connection(V5).connect(ConnectRequest.v5("c").resume(300).build());
        publisher.publish("a", "2", 1, 3);
        List<String> before = back.story();

        answer.complete(Decision.ALLOW);

        assertThat(before).isEmpty();
        assertThat(back.story()).containsExactly("PUBLISH q1 a 1", "PUBLISH q1 a 2");
    }

    @Test
    void givenQueueOfASlowClient_whenItsRightEnds_thenWhatWaitsDoesNotLeave() {
        TestBroker broker = start("maxInflight=1");
        TestRights rights = TestRights.in(broker);
        TestClient publisher = broker.connection(V5).connect("p");
        TestClient client = broker.connection(V5).connect("c").subscribe("a", 1);
        publisher.publish("a", "1", 1, 1).publish("a", "2", 1, 2);
        assertThat(client.messages()).containsExactly("1");

        rights.decide("a", Decision.DENY);
        broker.broker().policy().changed();
        client.ack(PacketType.PUBACK, 1);

        assertThat(client.story()).isEmpty();
        assertThat(broker.fate("dropped.not_authorized")).isOne();
    }

    // --- shared groups ---

    @Test
    void givenMembersThatAreWithheld_whenMessagesCome_thenAnotherGetsThemAndWhoMayAgainDoesToo() {
        TestBroker broker = startOn(2);
        broker.hooks()
                .authorizers()
                .add(
                        (client, action, topic) ->
                                client.clientId().startsWith(denied) ? Decision.DENY : Decision.ALLOW,
                        TestRights.ORIGIN);
        TestClient publisher = broker.connection(V5).connect("p");
        TestClient first = broker.connection(V5).connect(broker.idAt(0, "x")).subscribe("$share/g/a", 0);
        TestClient second = broker.connection(V5).connect(broker.idAt(1, "x")).subscribe("$share/g/a", 0);
        TestClient third = broker.connection(V5).connect(broker.idAt(0, "y")).subscribe("$share/g/a", 0);

        denied = "x";
        broker.broker().policy().changed();
        for (int i = 0; i < 9; i++) {
            publisher.publish("a", "m" + i, 0, 0);
        }
        List<String> got = third.messages();
        denied = "nobody";
        broker.broker().policy().changed();
        for (int i = 0; i < 9; i++) {
            publisher.publish("a", "n" + i, 0, 0);
        }

        assertThat(got).hasSize(9);
        assertThat(first.messages()).isNotEmpty();
        assertThat(second.messages()).isNotEmpty();
    }

    @Test
    void givenOnlyMembersThatAreWithheld_whenMessagesCome_thenTheyAreAccountedFor() {
        TestBroker broker = start();
        TestRights rights = TestRights.in(broker);
        TestClient publisher = broker.connection(V5).connect("p");
        TestClient one = broker.connection(V5).connect("c").subscribe("$share/g/a", 0);
        TestClient two = broker.connection(V5).connect("d").subscribe("$share/g/a", 0);
        publisher.publish("a", "0", 0, 0);
        broker.settle();
        one.drain();
        two.drain();

        // They are asked about "a" as a filter, and so is the publisher about it as a topic, whose answer is there.
        CompletableFuture<Decision> never = rights.later();
        broker.broker().policy().changed("c");
        broker.broker().policy().changed("d");
        never.complete(Decision.DENY);
        publisher.publish("a", "1", 0, 0).publish("a", "2", 0, 0);

        assertThat(one.messages()).isEmpty();
        assertThat(two.messages()).isEmpty();
        assertThat(broker.fate("dropped.no_member")).isEqualTo(2);
    }

    private volatile String denied = "nobody";

    // --- why ---

    @Test
    void givenClient_whenItsRightIsChecked_thenWhoDecidesIsSaid() {
        TestBroker broker = start();
        broker.hooks()
                .authorizers()
                .add(
                        (client, action, topic) -> topic.equals("a") ? new Decision.Deny("rule 7") : Decision.ABSTAIN,
                        new Origin("test", "auth.acl~one", 0, 1));
        broker.connection(V5).connect("c");

        assertThat(check(broker, "c", "a")).contains(new Explanation(false, "auth.acl~one", "rule 7"));
        assertThat(check(broker, "c", "b")).contains(new Explanation(false, "no_match", null));
        assertThat(check(broker, "nobody", "a")).isEmpty();
    }

    @Test
    void givenAuthorizerThatFails_whenARightIsChecked_thenThatIsSaid() {
        TestBroker broker = start();
        TestRights.in(broker).broken(true);
        broker.connection(V5).connect("c");

        Explanation explanation = check(broker, "c", "a").orElseThrow();

        assertThat(explanation.allowed()).isFalse();
        assertThat(explanation.by()).isEqualTo("error");
        assertThat(explanation.rule()).contains("test.rights");
    }

    private static Optional<Explanation> check(TestBroker broker, String clientId, String topic) {
        var answer = broker.broker().access().check(clientId, new Action.Publish(QoS.AT_MOST_ONCE, false), topic);
        broker.settle();
        return answer.toCompletableFuture().join();
    }

    @Test
    void givenClient_whenItsMemoryIsCleaned_thenItIsSaidWhetherItIsThere() {
        TestBroker broker = start();
        broker.connection(V5).connect("c");

        var there = broker.broker().access().forget("c").toCompletableFuture();
        var gone = broker.broker().access().forget("nobody").toCompletableFuture();
        broker.settle();

        assertThat(there.join()).isTrue();
        assertThat(gone.join()).isFalse();
    }
}
