// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.codec.PacketType;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which messages of a session's queue leave first, and which are dropped. */
class QueuePriorityTest extends BrokerTest {
    private static final String PRIORITIES = "mqueuePriorities=fire=10, smoke=9, chat=1";

    private int packetId;

    @Test
    void givenPriorities_whenTheQueueIsSent_thenTheHighestLeaveFirstAndEachInItsOrder() {
        TestBroker broker = start(PRIORITIES);
        offline(broker);

        publish(broker, "other 1", "chat 2", "fire 3", "smoke 4", "other 5", "fire 6", "chat 7");

        assertThat(resumed(broker))
                .containsExactly("fire 3", "fire 6", "smoke 4", "chat 2", "chat 7", "other 1", "other 5");
    }

    @Test
    void givenHighestForTheOthers_whenTheQueueIsSent_thenTheyLeaveFirst() {
        TestBroker broker = start(PRIORITIES, "mqueueDefaultPriority=highest");
        offline(broker);

        publish(broker, "fire 1", "other 2", "chat 3");

        assertThat(resumed(broker)).containsExactly("other 2", "fire 1", "chat 3");
    }

    @Test
    void givenNoPriorities_whenTheQueueIsSent_thenItIsInOrder() {
        TestBroker broker = start("mqueueDefaultPriority=highest");
        offline(broker);

        publish(broker, "other 1", "fire 2", "chat 3");

        assertThat(resumed(broker)).containsExactly("other 1", "fire 2", "chat 3");
    }

    @Test
    void givenFullQueue_whenAHigherOneComes_thenTheOldestOfTheLowestLeaves() {
        TestBroker broker = start(PRIORITIES, "maxQueueLength=3");
        offline(broker);

        publish(broker, "chat 1", "other 2", "other 3", "fire 4", "smoke 5", "smoke 6");

        assertThat(broker.fate("dropped.queue_full")).isEqualTo(3);
        assertThat(resumed(broker)).containsExactly("fire 4", "smoke 5", "smoke 6");
    }

    @Test
    void givenFullQueue_whenOneBelowAllComes_thenItIsDroppedItself() {
        TestBroker broker = start(PRIORITIES, "maxQueueLength=2");
        offline(broker);

        publish(broker, "fire 1", "smoke 2", "chat 3");

        assertThat(broker.fate("dropped.queue_full")).isEqualTo(1);
        assertThat(resumed(broker)).containsExactly("fire 1", "smoke 2");
    }

    @Test
    void givenRefuse_whenTheQueueIsFull_thenThePublisherIsToldWhateverThePriority() {
        TestBroker broker = start(PRIORITIES, "maxQueueLength=2", "queueFull=refuse");
        offline(broker);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher
                .publish("other", "other 1", 1, 1)
                .publish("other", "other 2", 1, 2)
                .publish("fire", "fire 3", 1, 3);

        assertThat(publisher.story()).containsExactly("PUBACK 1", "PUBACK 2", "PUBACK 3 QUOTA_EXCEEDED");
        assertThat(resumed(broker)).containsExactly("other 1", "other 2");
    }

    @Test
    void givenWaitingMessages_whenPrioritiesCome_thenTheyLeaveFirst() {
        TestBroker broker = start();
        offline(broker);
        publish(broker, "chat 1", "fire 2", "other 3");

        broker.reconfigure(PRIORITIES);
        publish(broker, "fire 4", "smoke 5");

        assertThat(resumed(broker)).containsExactly("chat 1", "fire 2", "other 3", "fire 4", "smoke 5");
    }

    @Test
    void givenWaitingMessages_whenPrioritiesComeAndTheQueueIsFull_thenTheyAreDroppedFirst() {
        TestBroker broker = start("maxQueueLength=2");
        offline(broker);
        publish(broker, "fire 1", "fire 2");

        broker.reconfigure(PRIORITIES, "maxQueueLength=2");
        publish(broker, "other 3", "chat 4", "other 5");

        assertThat(broker.fate("dropped.queue_full")).isEqualTo(3);
        assertThat(resumed(broker)).containsExactly("chat 4", "other 5");
    }

    @Test
    void givenWaitingMessages_whenPrioritiesComeChangeAndGo_thenNothingIsLostAndNothingOvertakesItsOwnTopic() {
        TestBroker broker = start();
        offline(broker);
        publish(broker, "chat 1", "fire 2");

        broker.reconfigure(PRIORITIES);
        publish(broker, "chat 3", "fire 4", "smoke 5");
        broker.reconfigure("mqueuePriorities=chat=7");
        publish(broker, "fire 6", "chat 7");
        broker.reconfigure();
        publish(broker, "fire 8", "chat 9");

        assertThat(resumed(broker))
                .containsExactly(
                        "chat 1", "fire 2", "fire 4", "smoke 5", "chat 3", "chat 7", "fire 6", "fire 8", "chat 9");
    }

    @Test
    void givenPriorities_whenAnotherSettingChanges_thenTheyGoOn() {
        TestBroker broker = start(PRIORITIES);
        offline(broker);
        publish(broker, "chat 1", "fire 2");

        broker.reconfigure(PRIORITIES, "maxInflight=7");
        publish(broker, "fire 3");

        assertThat(resumed(broker)).containsExactly("fire 2", "fire 3", "chat 1");
    }

    @Test
    void givenExpiryAndASmallWindow_whenTheQueueIsSent_thenTheWindowHoldsAndOrderToo() {
        TestBroker broker = start(PRIORITIES, "maxInflight=1", "messageExpirySeconds=10");
        offline(broker);
        publish(broker, "fire 1");
        broker.advance(11_000);
        publish(broker, "chat 2", "smoke 3");

        TestClient again = resume(broker);

        assertThat(again.messages()).containsExactly("smoke 3");
        assertThat(again.ack(PacketType.PUBACK, 1).messages()).containsExactly("chat 2");
        assertThat(broker.fate("expired")).isEqualTo(1);
    }

    @Test
    void givenEndedSession_whenItsQueueIsThrownAway_thenEveryLevelIsCounted() {
        TestBroker broker = start(PRIORITIES);
        offline(broker);
        publish(broker, "chat 1", "fire 2", "other 3");

        broker.broker().clients().kick("sub");
        broker.settle();

        assertThat(broker.fate("dropped.session_ended")).isEqualTo(3);
        assertThat(broker.fate("queued")).isZero();
    }

    @Test
    void givenAnything_whenMessagesWait_thenEachTopicStaysInOrderAndOnlyLowerOnesAreDropped() {
        Random random = new Random(42);
        TestBroker broker = startShuffled(2, random, PRIORITIES, "maxQueueLength=50");
        offline(broker);
        String[] topics = {"fire", "smoke", "chat", "other", "another"};
        List<String> published = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            published.add(topics[random.nextInt(topics.length)] + " " + i);
        }

        publish(broker, published.toArray(String[]::new));

        List<String> got = resumed(broker);
        assertThat(got).hasSize(50).allMatch(message -> message.startsWith("fire "));
        Map<String, Integer> last = new HashMap<>();
        for (String message : got) {
            int space = message.indexOf(' ');
            Integer before = last.put(message.substring(0, space), Integer.valueOf(message.substring(space + 1)));
            assertThat(before == null || before < Integer.parseInt(message.substring(space + 1)))
                    .isTrue();
        }
    }

    private static void offline(TestBroker broker) {
        resume(broker).subscribe("#", 1).hangUp();
    }

    private static TestClient resume(TestBroker broker) {
        return broker.connection(V5)
                .connect(ConnectRequest.v5("sub").resume(1000).build());
    }

    private static List<String> resumed(TestBroker broker) {
        TestClient again = resume(broker);
        List<String> all = new ArrayList<>();
        List<String> some;
        int acknowledged = 0;
        while (!(some = again.messages()).isEmpty()) {
            all.addAll(some);
            for (int i = 0; i < some.size(); i++) {
                again.ack(PacketType.PUBACK, ++acknowledged);
            }
        }
        return all;
    }

    /** Publishes on the topic that is the first word, all by one client. */
    private void publish(TestBroker broker, String... messages) {
        TestClient publisher = broker.connection(V5).connect("pub");
        for (String message : messages) {
            publisher.publish(message.substring(0, message.indexOf(' ')), message, 1, ++packetId);
            broker.settle();
        }
        publisher.disconnect();
    }
}
