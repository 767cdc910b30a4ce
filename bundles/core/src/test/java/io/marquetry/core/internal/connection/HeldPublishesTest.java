// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.auth.Decision;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.PacketType;
import io.marquetry.core.internal.testing.Answers;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HeldPublishesTest extends BrokerTest {
    private static final Verdict NO = new Verdict.Refuse(ReasonCode.QUOTA_EXCEEDED);

    @Test // [MQTT-4.6.0-2] [MQTT-4.6.0-3]
    void givenSlowHook_whenLaterAnswersComeFirst_thenAcksAndMessagesKeepTheirOrder() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 2);
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher
                .publish("t", "a", 1, 1)
                .publish("t", "b", 0, 0)
                .publish("t", "c", 2, 2)
                .publish("t", "d", 1, 3);

        hook.answer("d", Verdict.PASS);
        hook.answer("c", Verdict.PASS);
        hook.answer("b", Verdict.PASS);

        assertThat(publisher.story()).isEmpty();
        assertThat(subscriber.messages()).isEmpty();

        hook.answer("a", Verdict.PASS);

        assertThat(publisher.story()).containsExactly("PUBACK 1", "PUBREC 2", "PUBACK 3");
        assertThat(subscriber.messages()).containsExactly("a", "b", "c", "d");
        assertThat(publisher.ack(PacketType.PUBREL, 2).story()).containsExactly("PUBCOMP 2");
    }

    @Test
    void givenMessagesBehindARefusedOne_whenItsAnswerIsThereAtOnce_thenTheyGoOn() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 1);
        Answers hook = Answers.toMessages(broker.hooks());
        hook.answer("refused", NO);
        hook.answer("last", Verdict.PASS);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "first", 1, 1).publish("t", "refused", 1, 2).publish("t", "last", 1, 3);
        broker.settle();

        hook.answer("first", Verdict.PASS);

        assertThat(publisher.story()).containsExactly("PUBACK 1", "PUBACK 2 QUOTA_EXCEEDED", "PUBACK 3");
        assertThat(subscriber.messages()).containsExactly("first", "last");
        assertThat(broker.fate("refused.hook")).isEqualTo(1);
    }

    @Test
    void givenMessagesBehindADeniedOne_whenTheDecisionIsThereAtOnce_thenTheyGoOn() {
        TestBroker broker = start();
        Answers rights = Answers.toRights(broker.hooks());
        rights.answer("no", Decision.DENY);
        rights.answer("last", Decision.ALLOW);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("first", "", 1, 1).publish("no", "", 1, 2).publish("last", "", 1, 3);
        broker.settle();

        rights.answer("first", Decision.ALLOW);

        assertThat(publisher.story())
                .containsExactly(
                        "PUBACK 1 NO_MATCHING_SUBSCRIBERS",
                        "PUBACK 2 NOT_AUTHORIZED",
                        "PUBACK 3 NO_MATCHING_SUBSCRIBERS");
        assertThat(broker.fate("refused.not_authorized")).isEqualTo(1);
    }

    @Test
    void givenOlderClientAndFullInbox_whenHeldForPubRel_thenPubRelUnblocks() {
        TestBroker broker = start("maxAwaitingRel=1");
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 0);
        TestClient publisher = broker.connection(V3).connect("pub");
        publisher.publish("t", "a", 2, 1).publish("t", "b", 2, 2).publish("t", "c", 0, 0);

        assertThat(publisher.story()).containsExactly("PUBREC 1");
        assertThat(subscriber.messages()).containsExactly("a");

        publisher.ack(PacketType.PUBREL, 1);

        assertThat(publisher.story()).containsExactly("PUBCOMP 1", "PUBREC 2");
        assertThat(subscriber.messages()).containsExactly("b", "c");
    }

    @Test
    void givenPausedSocket_whenTheHookAnswersAndPubRelIsNeeded_thenTheSocketIsReadAgain() {
        TestBroker broker = start("maxAwaitingRel=1", "maxHeldBytes=1024");
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V3).connect("pub");
        String long1 = "1".repeat(400);
        String long2 = "2".repeat(400);
        publisher.publish("t", long1, 2, 1).publish("t", long2, 2, 2);
        broker.settle();
        assertThat(publisher.wire().isPaused()).isTrue();

        hook.answer(long1, Verdict.PASS);
        hook.answer(long2, Verdict.PASS);
        publisher.ack(PacketType.PUBREL, 1);

        assertThat(publisher.story()).containsExactly("PUBREC 1", "PUBCOMP 1", "PUBREC 2");
        assertThat(publisher.ack(PacketType.PUBREL, 2).story()).containsExactly("PUBCOMP 2");
    }

    @Test
    void givenHeldBytesOverTheLimit_whenAnswered_thenReadingGoesOn() {
        TestBroker broker = start("maxHeldBytes=1024");
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V5).connect("pub");
        for (int i = 1; i <= 20; i++) {
            String payload = i + "x".repeat(200);
            publisher.publish("t", payload, 1, i);
        }
        broker.settle();
        assertThat(publisher.wire().isPaused()).isTrue();

        for (int i = 1; i <= 20; i++) {
            hook.answer(i + "x".repeat(200), Verdict.PASS);
        }

        assertThat(publisher.drain()).hasSize(20);
        assertThat(publisher.wire().isPaused()).isFalse();
    }

    @Test
    void givenOlderClientOverTheByteLimit_whenOnlyPubRelCouldHelp_thenItIsClosed() {
        TestBroker broker = start("maxAwaitingRel=1", "maxHeldBytes=1024");
        TestClient publisher = broker.connection(V3).connect("pub");
        for (int i = 1; i <= 5; i++) {
            publisher.publish("t", "x".repeat(400), 2, i);
        }
        broker.settle();

        assertThat(publisher.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("receive_maximum_exceeded", 1L);
    }

    @Test
    void givenHeldQoS2_whenRepeated_thenItIsOneMessageAndOnePubRec() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 0);
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V3).connect("pub");
        publisher.publish("t", "once", 2, 5).publish("t", "once", 2, 5);
        broker.settle();

        hook.answer("once", Verdict.PASS);

        assertThat(publisher.story()).containsExactly("PUBREC 5");
        assertThat(subscriber.messages()).containsExactly("once");
        assertThat(broker.fate("qos2_duplicate")).isEqualTo(1);
    }

    @Test
    void givenHeldMessages_whenTheConnectionBreaks_thenEachIsAccountedFor() {
        TestBroker broker = start();
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "a", 1, 1).publish("t", "b", 2, 2);
        broker.settle();

        publisher.hangUp();
        hook.answer("a", Verdict.PASS);

        broker.settle();
        assertThat(broker.fate("refused.connection_closed")).isEqualTo(2);
    }

    @Test
    void givenHeldMessageToRetain_whenThereIsNoRoom_thenTheClientIsToldAndStays() {
        TestBroker broker = startRetaining(Map.of("maxMessages", "1"));
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "kept", 1, 1, true).publish("u", "no room", 1, 2, true);
        hook.answer("kept", Verdict.PASS);
        hook.answer("no room", Verdict.PASS);

        assertThat(publisher.story()).containsExactly("PUBACK 1 NO_MATCHING_SUBSCRIBERS", "PUBACK 2 QUOTA_EXCEEDED");
        assertThat(publisher.isClosed()).isFalse();
        assertThat(broker.fate("refused.retained_full")).isEqualTo(1);
    }

    @Test
    void givenHeldMessageOfAnOlderClient_whenThereIsNoRoomToRetain_thenItIsRefusedOnceAndNotTwice() {
        TestBroker broker = startRetaining(Map.of("maxMessages", "1"));
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V3).connect("pub");
        publisher.publish("t", "kept", 1, 1, true).publish("u", "no room", 1, 2, true);
        hook.answer("kept", Verdict.PASS);
        hook.answer("no room", Verdict.PASS);

        assertThat(publisher.story()).containsExactly("PUBACK 1");
        assertThat(publisher.isClosed()).isTrue();
        assertThat(broker.fate("refused")).isEqualTo(1);
        assertThat(broker.fate("refused.retained_full")).isEqualTo(1);
    }

    @Test
    void givenReplacedMessage_whenRouted_thenTheAckKeepsTheQosOfThePublisher() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("other", 2);
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "a", 2, 1);

        hook.answer("a", new Verdict.Replace(Message.of("other", "b".getBytes(), QoS.AT_MOST_ONCE, false)));

        assertThat(publisher.story()).containsExactly("PUBREC 1");
        assertThat(subscriber.story()).containsExactly("PUBLISH q0 other b");
    }

    @Test
    void givenFailingHook_whenAsked_thenTheMessageIsRefusedAndTheClientStays() {
        TestBroker broker = start();
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "a", 1, 1).publish("t", "b", 2, 2).publish("t", "c", 0, 0);
        hook.fail("a");
        hook.fail("b");
        hook.fail("c");

        assertThat(publisher.story())
                .containsExactly("PUBACK 1 IMPLEMENTATION_SPECIFIC_ERROR", "PUBREC 2 IMPLEMENTATION_SPECIFIC_ERROR");
        assertThat(broker.fate("refused.hook_failed")).isEqualTo(3);
    }

    @Test
    void givenHookThatPutsItsAnswerOffTwice_whenAsked_thenTheMessageIsRefusedAndNotLetThrough() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("t", 1);
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "a", 1, 1);
        broker.settle();

        hook.answer("a", new Verdict.Later(new CompletableFuture<>()));

        assertThat(publisher.story()).containsExactly("PUBACK 1 IMPLEMENTATION_SPECIFIC_ERROR");
        assertThat(subscriber.messages()).isEmpty();
    }

    @Test
    void givenAuthorizerThatPutsItsAnswerOffTwice_whenAsked_thenTheClientIsDenied() {
        TestBroker broker = start();
        Answers rights = Answers.toRights(broker.hooks());
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("t", "a", 1, 1);
        broker.settle();

        rights.answer("t", new Decision.Later(new CompletableFuture<>()));

        assertThat(publisher.story()).containsExactly("PUBACK 1 NOT_AUTHORIZED");
    }

    @Test
    void givenDenyActionDisconnect_whenDenied_thenTheConnectionEnds() {
        TestBroker broker = start("denyAction=disconnect");
        Answers rights = Answers.toRights(broker.hooks());
        rights.answer("no", Decision.DENY);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("no", "a", 1, 1);

        assertThat(publisher.story()).containsExactly("DISCONNECT NOT_AUTHORIZED");
        assertThat(publisher.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("not_authorized", 1L);
    }

    @Test
    void givenDenyActionIgnore_whenAnOlderClientIsDenied_thenItIsAcknowledgedAllTheSame() {
        TestBroker broker = start();
        Answers rights = Answers.toRights(broker.hooks());
        rights.answer("no", Decision.DENY);
        TestClient publisher = broker.connection(V3).connect("pub");

        publisher.publish("no", "a", 1, 1).publish("no", "b", 2, 2).ack(PacketType.PUBREL, 2);

        assertThat(publisher.story()).containsExactly("PUBACK 1", "PUBREC 2", "PUBCOMP 2");
    }

    @Test // [MQTT-3.3.4-9]
    void givenReceiveMaximum_whenExceededWhileHeld_thenTheClientIsTold() {
        TestBroker broker = start("maxAwaitingRel=2");
        Answers.toMessages(broker.hooks());
        TestClient publisher =
                broker.connection(V5).connect(ConnectRequest.v5("pub").build());

        publisher.publish("t", "a", 1, 1).publish("t", "b", 2, 2).publish("t", "c", 1, 3);

        assertThat(publisher.story()).containsExactly("DISCONNECT RECEIVE_MAXIMUM_EXCEEDED");
        assertThat(broker.fate("refused.receive_maximum")).isEqualTo(1);
        assertThat(broker.fate("refused.connection_closed")).isEqualTo(2);
    }
}
