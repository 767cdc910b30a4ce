// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.ConnectHook;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.Answers;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveConnectionTest extends BrokerTest {
    @Test // [MQTT-3.1.2-22]
    void givenKeepAlive_whenSilentForOneAndAHalf_thenClosed() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("c").keepAlive(10).build());
        broker.advance(14_000);
        client.send(new Packet.PingReq());
        broker.advance(14_500);
        assertThat(client.story()).containsExactly("PINGRESP");

        broker.advance(1_000);

        assertThat(client.story()).containsExactly("DISCONNECT KEEP_ALIVE_TIMEOUT");
        assertThat(broker.endings()).containsEntry("keepalive_timeout", 1L);
    }

    @Test
    void givenKeepAlive_whenWeDoNotRead_thenItsClockStands() {
        TestBroker broker = start("maxHeldBytes=1024", "hookTimeoutSeconds=300");
        Answers hook = Answers.toMessages(broker.hooks());
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("c").keepAlive(10).build());
        String payload = "x".repeat(2_000);
        client.publish("t", payload, 1, 1);
        broker.settle();
        assertThat(client.wire().isPaused()).isTrue();
        broker.advance(60_000);
        assertThat(client.isClosed()).isFalse();

        hook.answer(payload, Verdict.PASS);
        broker.advance(31_000);

        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void givenNoConnect_whenTheIdleTimeIsOver_thenClosed() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5);
        client.wire().send(new byte[] {0x10});

        broker.advance(15_200);

        assertThat(client.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("idle_timeout", 1L);
    }

    @Test
    void givenClientsThatSayNothingOrLittle_whenTheIdleTimeIsOver_thenEachIsClosed() {
        TestBroker broker = start();
        TestClient mute = broker.connection(V5);
        TestClient half = broker.connection(V5);
        half.wire().send(new byte[] {0x10, 0x20, 0, 4, 'M', 'Q'});
        TestClient slow = broker.connection(V5);
        for (int i = 0; i < 15; i++) {
            slow.wire().send(new byte[] {(byte) (i == 0 ? 0x10 : i == 1 ? 0x7F : 0)});
            broker.advance(1_000);
        }

        broker.advance(200);

        assertThat(List.of(mute.isClosed(), half.isClosed(), slow.isClosed())).containsOnly(true);
        assertThat(broker.endings()).containsEntry("idle_timeout", 3L);
    }

    @Test // [MQTT-3.1.2-22]: Control Packets count, not bytes
    void givenKeepAlive_whenOnePacketTricklesIn_thenClosedInTime() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("c").keepAlive(10).build());
        client.wire().send(new byte[] {0x30, 100, 0, 1, 't', 0});
        for (int i = 0; i < 14; i++) {
            broker.advance(1_000);
            client.wire().send(new byte[] {'x'});
        }
        broker.settle();
        assertThat(client.isClosed()).isFalse();

        broker.advance(1_200);

        assertThat(client.story()).containsExactly("DISCONNECT KEEP_ALIVE_TIMEOUT");
        assertThat(broker.endings()).containsEntry("keepalive_timeout", 1L);
    }

    @Test
    void givenStalledSocket_whenNothingLeavesInTime_thenSendTimeoutButNotWhileSomethingDoes() {
        TestBroker broker = start("sendTimeoutSeconds=15");
        TestClient slow = broker.connection(V5).connect("slow").subscribe("t", 0);
        TestClient publisher = broker.connection(V5).connect("pub");
        slow.wire().stall();
        publisher.publish("t", "x".repeat(2_000), 0, 0);
        for (int i = 0; i < 5; i++) {
            broker.advance(10_000);
            slow.wire().takeSome(10);
            broker.settle();
        }
        assertThat(slow.isClosed()).isFalse();

        broker.advance(31_000);

        assertThat(slow.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("send_timeout", 1L);
        assertThat(broker.fate("dropped.connection_closed")).isEqualTo(1);
    }

    @Test // [MQTT-3.3.4-3] [MQTT-3.3.4-4]
    void givenOverlappingSubscriptions_whenPublished_thenOneCopyWithEveryIdentifierAndTheHighestQos() {
        TestBroker broker = startOn(2);
        TestClient subscriber = broker.connection(V5).connect(broker.idAt(1, "sub"));
        subscriber.subscribe(identifier(3), request("a/#", 0)).subscribe(identifier(7), request("a/+", 2));
        subscriber.subscribe(Properties.NONE, request("#", 1));
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));

        publisher.publish("a/b", "x", 1, 1);

        Packet.Publish only = subscriber.next(Packet.Publish.class);
        assertThat(only.qos()).isEqualTo(QoS.AT_LEAST_ONCE);
        assertThat(only.properties().subscriptionIdentifiers()).containsExactlyInAnyOrder(3, 7);
        assertThat(subscriber.drain()).isEmpty();
    }

    @Test // [MQTT-3.8.3-3] [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    void givenNoLocalAndRetainAsPublished_whenPublished_thenBothHold() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5).connect("c");
        client.subscribe(Properties.NONE, new Packet.Subscribe.Request("t", QoS.AT_MOST_ONCE, true, true, 2));
        TestClient plain = broker.connection(V5).connect("plain").subscribe("t", 0);

        client.publish("t", "own", 0, 0, true);
        plain.publish("t", "other", 0, 0, true);

        assertThat(client.story()).containsExactly("PUBLISH q0 retain t other");
        assertThat(plain.story()).containsExactly("PUBLISH q0 t own", "PUBLISH q0 t other");
    }

    @Test
    void givenBridge_whenItPublishesAndSubscribes_thenItKeepsRetainAndDoesNotHearItself() {
        TestBroker broker = start();
        TestClient bridge = broker.connection(V3)
                .connect(ConnectRequest.v3("bridge").bridge().build())
                .subscribe("t", 0);
        TestClient other = broker.connection(V3).connect("other");

        bridge.publish("t", "own", 0, 0, true);
        other.publish("t", "other", 0, 0, true);

        assertThat(bridge.story()).containsExactly("PUBLISH q0 retain t other");
    }

    @Test // [MQTT-3.3.2-8] [MQTT-3.3.2-12]
    void givenAliasOfThePublisher_whenUsedWithoutTopic_thenItStandsForIt() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5).connect("sub").subscribe("#", 0);
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher
                .send(aliased("t/1", 1))
                .send(aliased("", 1))
                .send(aliased("t/2", 1))
                .send(aliased("", 1));

        assertThat(subscriber.story())
                .containsExactly("PUBLISH q0 t/1 x", "PUBLISH q0 t/1 x", "PUBLISH q0 t/2 x", "PUBLISH q0 t/2 x");
        publisher.send(aliased("", 2));
        assertThat(publisher.story()).containsExactly("DISCONNECT PROTOCOL_ERROR");
    }

    @Test // [MQTT-3.1.2-26] [MQTT-3.1.2-24]
    void givenAliasesOfTheSubscriber_whenUsed_thenOnlySoManyAndNeverPastItsPacketSize() {
        TestBroker broker = start();
        TestClient subscriber = broker.connection(V5)
                .connect(ConnectRequest.v5("sub")
                        .with(Property.TOPIC_ALIAS_MAXIMUM, 2)
                        .with(Property.MAXIMUM_PACKET_SIZE, 40)
                        .build())
                .subscribe("#", 0);
        TestClient publisher = broker.connection(V5).connect("pub");
        publisher.publish("topic/1", "x", 0, 0).publish("a", "x", 0, 0).publish("topic/3", "x", 0, 0);
        List<Packet> first = subscriber.drain();
        assertThat(first).extracting(LiveConnectionTest::alias).containsExactly(1L, 2L, 0L);

        publisher
                .publish("topic/1", "x", 0, 0)
                .publish("a", "y".repeat(34), 0, 0)
                .publish("topic/3", "x", 0, 0);

        List<Packet> then = subscriber.drain();
        assertThat(then).extracting(LiveConnectionTest::alias).containsExactly(1L, 0L, 0L);
        assertThat(then).extracting(p -> ((Packet.Publish) p).topic()).containsExactly("", "a", "topic/3");
    }

    @Test // [MQTT-3.3.2-2]
    void givenClientIdentifierOfWildcards_whenItsEventIsPublished_thenItsTopicHasNone() {
        TestBroker broker = start();
        TestClient watcher = broker.connection(V5).connect("watcher").subscribe("$SYS/brokers/+/clients/#", 0);

        broker.connection(V5).connect("a/#+").hangUp();
        broker.connection(V5).connect("x".repeat(65_535)).hangUp();

        assertThat(watcher.drain())
                .extracting(p -> ((Packet.Publish) p).topic())
                .containsExactly(
                        "$SYS/brokers/test@127.0.0.1/clients/a/%23%2B/connected",
                        "$SYS/brokers/test@127.0.0.1/clients/a/%23%2B/disconnected");
    }

    @Test
    void givenSubscriberOfSys_whenItIsClosedByUs_thenItsOwnEventDoesNotFollowTheGoodbye() {
        TestBroker broker = start();
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("c").resume(100).build())
                .subscribe("$SYS/#", 0);
        client.drain();

        client.send(new Packet.Subscribe(
                1,
                List.of(new Packet.Subscribe.Request("$share/g/t", QoS.AT_MOST_ONCE, true, false, 0)),
                Properties.NONE));

        assertThat(client.story()).containsExactly("DISCONNECT PROTOCOL_ERROR");
    }

    private static long alias(Packet packet) {
        return ((Packet.Publish) packet).properties().number(Property.TOPIC_ALIAS, 0);
    }

    private static Packet.Publish aliased(String topic, int alias) {
        return new Packet.Publish(
                false,
                QoS.AT_MOST_ONCE,
                false,
                topic,
                0,
                new byte[] {'x'},
                Properties.builder().with(Property.TOPIC_ALIAS, alias).build());
    }

    private static Properties identifier(int id) {
        return Properties.builder().withSubscriptionIdentifier(id).build();
    }

    private static Packet.Subscribe.Request request(String filter, int qos) {
        return new Packet.Subscribe.Request(filter, QoS.of(qos), false, false, 0);
    }

    @Test
    void givenReasonOfTheTransport_whenItCloses_thenEventHookAndCountShowIt() {
        TestBroker broker = start();
        TestClient watcher =
                broker.connection(V5).connect("watcher").subscribe("$SYS/brokers/+/clients/+/disconnected", 0);
        List<String> seen = new ArrayList<>();
        ConnectHook hook = new ConnectHook() {
            @Override
            public ConnectHook.Verdict onConnect(ClientInfo client) {
                return ConnectHook.Verdict.PASS;
            }

            @Override
            public void onDisconnect(ClientInfo client, String reason) {
                seen.add(client.clientId() + " " + reason);
            }
        };
        broker.hooks().connectHooks().add(hook, new Origin("test.hook", 0, 1));
        TestClient client = broker.connection(V3).connect("c");

        client.wire().breakOff("ssl_closed", new IOException("reset"));

        assertThat(watcher.messages()).hasSize(1).allSatisfy(m -> assertThat(m).contains("\"reason\":\"ssl_closed\""));
        assertThat(seen).containsExactly("c ssl_closed");
        assertThat(broker.endings()).containsEntry("ssl_closed", 1L);
    }
}
