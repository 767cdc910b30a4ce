// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import org.junit.jupiter.api.Test;

class SessionLifeTest extends BrokerTest {
    @Test // [MQTT-3.1.4-3]
    void givenLiveSession_whenResumedByAnother_thenTheFirstIsToldAndItsWillIsPublished() {
        TestBroker broker = startOn(2);
        TestClient watcher = broker.connection(V5).connect("watcher").subscribe("will", 1);
        TestClient first = broker.connection(V5)
                .connect(ConnectRequest.v5("c")
                        .resume(100)
                        .will("will", "gone", 0, false, 0)
                        .build());
        first.subscribe("t", 1);

        TestClient second = broker.connection(V5);
        Packet.ConnAck answer =
                second.tryConnect(ConnectRequest.v5("c").resume(100).build());

        assertThat(answer.sessionPresent()).isTrue();
        assertThat(first.story()).containsExactly("DISCONNECT SESSION_TAKEN_OVER");
        assertThat(first.isClosed()).isTrue();
        assertThat(watcher.messages()).containsExactly("gone");
        assertThat(broker.endings()).containsEntry("takenover", 1L);
        watcher.publish("t", "hello", 0, 0);
        assertThat(second.messages()).containsExactly("hello");
    }

    @Test // [MQTT-3.1.2-4] [MQTT-3.2.2-2]
    void givenLiveSession_whenAnotherStartsClean_thenNothingOfItIsLeft() {
        TestBroker broker = start();
        TestClient first = broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(100).build())
                .subscribe("t", 1);

        TestClient second = broker.connection(V5);
        Packet.ConnAck answer = second.tryConnect(ConnectRequest.v5("c").build());

        assertThat(answer.sessionPresent()).isFalse();
        assertThat(first.story()).containsExactly("DISCONNECT SESSION_TAKEN_OVER");
        assertThat(broker.endings()).containsEntry("discarded", 1L);
        assertThat(broker.gauge("subscriptions.count")).isZero();
    }

    @Test // [MQTT-3.1.2-23]
    void givenSessionExpiry_whenItsTimeHasCome_thenTheSessionEnds() {
        TestBroker broker = start();
        broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(60).build())
                .subscribe("t", 1)
                .hangUp();

        broker.advance(59_900);
        assertThat(broker.gauge("sessions.count")).isEqualTo(1);
        broker.advance(300);

        assertThat(broker.gauge("sessions.count")).isZero();
        assertThat(broker.gauge("subscriptions.count")).isZero();
    }

    @Test
    void givenOlderClientWithoutCleanSession_whenItsTimeHasCome_thenTheSessionEnds() {
        TestBroker broker = start("sessionExpirySeconds=30");
        broker.connection(V3).connect(ConnectRequest.v3("c").resume(0).build()).hangUp();
        assertThat(broker.gauge("sessions.count")).isEqualTo(1);

        broker.advance(30_200);

        assertThat(broker.gauge("sessions.count")).isZero();
    }

    @Test // [MQTT-3.14.2-2]
    void givenSessionThatEndsWithItsConnection_whenDisconnectProlongsIt_thenThatIsAnError() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5).connect("c");

        client.send(new Packet.Disconnect(
                ReasonCode.SUCCESS,
                Properties.builder().with(Property.SESSION_EXPIRY_INTERVAL, 10).build()));

        assertThat(client.story()).containsExactly("DISCONNECT PROTOCOL_ERROR");
        assertThat(broker.gauge("sessions.count")).isZero();
    }

    @Test // [MQTT-3.1.3-9]
    void givenWillDelay_whenTheClientIsBackInTime_thenItIsNotSent() {
        TestBroker broker = start();
        TestClient watcher = broker.connection(V5).connect("watcher").subscribe("will", 1);
        connectWithWill(broker, 10, 100).hangUp();
        broker.advance(9_000);

        connectWithWill(broker, 10, 100);
        broker.advance(60_000);

        assertThat(watcher.messages()).isEmpty();
    }

    @Test
    void givenWillDelay_whenNobodyComesBack_thenItIsSentAtTheEarlierOfDelayAndSessionEnd() {
        TestBroker broker = start();
        TestClient watcher = broker.connection(V5).connect("watcher").subscribe("will", 1);
        connectWithWill(broker, 10, 100).hangUp();
        broker.advance(9_900);
        assertThat(watcher.messages()).isEmpty();
        broker.advance(400);
        assertThat(watcher.messages()).containsExactly("gone");

        connectWithWill(broker, 100, 10).hangUp();
        broker.advance(10_300);
        assertThat(watcher.messages()).containsExactly("gone");
    }

    @Test // [MQTT-3.14.4-3]
    void givenWill_whenTheClientSaysGoodbye_thenOnlyReasonFourSendsIt() {
        TestBroker broker = start();
        TestClient watcher = broker.connection(V5).connect("watcher").subscribe("will", 1);
        connectWithWill(broker, 0, 100).disconnect();
        assertThat(watcher.messages()).isEmpty();

        TestClient client = connectWithWill(broker, 0, 100);
        client.send(new Packet.Disconnect(ReasonCode.DISCONNECT_WITH_WILL_MESSAGE, Properties.NONE));

        assertThat(watcher.messages()).containsExactly("gone");
    }

    @Test
    void givenWills_whenTheBrokerShutsDown_thenTheyAreSentBeforeAnyoneIsToldGoodbye() {
        TestBroker broker = startOn(3);
        TestClient watcher =
                broker.connection(V5).connect(broker.idAt(0, "watcher")).subscribe("will/#", 0);
        for (int loop = 0; loop < 3; loop++) {
            broker.connection(V5)
                    .connect(ConnectRequest.v5(broker.idAt(loop, "c"))
                            .resume(100)
                            .will("will/" + loop, "gone" + loop, 0, false, 50)
                            .build());
        }

        var done = broker.broker().shutDown().toCompletableFuture();
        broker.settle();

        assertThat(done).isCompleted();
        var story = watcher.story();
        assertThat(story).hasSize(4).endsWith("DISCONNECT SERVER_SHUTTING_DOWN");
        assertThat(broker.endings()).containsEntry("shutting_down", 4L);
    }

    @Test // [MQTT-4.8.2-4] [MQTT-4.8.2-5]
    void givenSharedMessagesInFlight_whenTheMemberIsGoneForGood_thenTheOthersGetThem() {
        TestBroker broker = startOn(2);
        TestClient first =
                broker.connection(V5).connect(broker.idAt(0, "first")).subscribe("$share/g/t", 2);
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));
        publisher.publish("t", "one", 1, 1).publish("t", "two", 2, 2);
        assertThat(first.messages()).containsExactly("one", "two");
        TestClient second =
                broker.connection(V5).connect(broker.idAt(1, "second")).subscribe("$share/g/t", 2);

        first.hangUp();

        assertThat(second.messages()).containsExactly("one");
        assertThat(broker.fate("dropped.redispatched")).isEqualTo(1);
        assertThat(broker.fate("redispatched")).isEqualTo(1);
        assertThat(broker.fate("dropped.session_ended")).isEqualTo(1);
    }

    @Test
    void givenKick_whenTheClientIsConnected_thenItIsToldAndItsSessionEnds() {
        TestBroker broker = startOn(2);
        TestClient client =
                broker.connection(V5).connect(ConnectRequest.v5("c").resume(100).build());

        var kicked = broker.broker().clients().kick("c").toCompletableFuture();
        var nobody = broker.broker().clients().kick("nobody").toCompletableFuture();

        assertThat(client.story()).containsExactly("DISCONNECT ADMINISTRATIVE_ACTION");
        assertThat(kicked).isCompletedWithValue(true);
        assertThat(nobody).isCompletedWithValue(false);
        assertThat(broker.gauge("sessions.count")).isZero();
    }

    private static TestClient connectWithWill(TestBroker broker, long delay, long expiry) {
        return broker.connection(V5)
                .connect(ConnectRequest.v5("c")
                        .resume(expiry)
                        .will("will", "gone", 1, false, delay)
                        .build());
    }
}
