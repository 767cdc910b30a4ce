// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.ClientPort.ConnectAnswer;
import io.marquetry.api.client.ConnectRequest;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalPortTest extends BrokerTest {
    private static LocalPort port(TestBroker broker) {
        return broker.broker().ports().open("a.gateway");
    }

    private static Gateway gateway(TestBroker broker) {
        return new Gateway(broker, port(broker));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void givenGatewayAndMqttClient_whenBothPublish_thenEachGetsTheOthers(int qos) {
        TestBroker broker = startOn(3);
        // The third client of the port begins on the third loop; its session is at home on the second.
        LocalPort port = port(broker);
        new Gateway(broker, port).connect(Gateway.request("other-1"));
        new Gateway(broker, port).connect(Gateway.request("other-2"));
        Gateway gateway = new Gateway(broker, port)
                .connect(Gateway.request(broker.idAt(1, "device")))
                .subscribe("down/#", qos);
        TestClient mqtt = broker.connection(V5).connect("mqtt").subscribe("up", 0);

        CompletionStage<ReasonCode> published = gateway.publish("up", "hello", qos);
        mqtt.publish("down/1", "world", qos, qos == 0 ? 0 : 5);

        assertThat(gateway.settled(published)).isEqualTo(ReasonCode.SUCCESS);
        assertThat(gateway.received()).containsExactly("down/1 world q" + qos);
        assertThat(mqtt.story()).contains("PUBLISH q0 up hello");
        assertThat(broker.broker().listeners().of("line:default").connections()).isEqualTo(3);
    }

    @Test
    void givenRequest_whenConnected_thenItsClientIsWhoItSaid() {
        TestBroker broker = start();
        InetSocketAddress address = new InetSocketAddress("192.0.2.7", 4711);
        PeerCertificate certificate = new PeerCertificate("meter", "CN=meter");
        ConnectRequest request =
                new ConnectRequest("line:left", "", "ann", null, address, certificate, true, 0, 30, 10, null);

        Gateway gateway = gateway(broker).connect(request);

        ClientInfo info = gateway.client().info();
        broker.seen(info.clientId());
        assertThat(info.clientId()).isNotEmpty();
        assertThat(info.username()).isEqualTo("ann");
        assertThat(info.remoteAddress()).isEqualTo(address);
        assertThat(info.certificate()).isEqualTo(certificate);
        assertThat(info.listener()).isEqualTo("line:left");
        assertThat(info.keepAliveSeconds()).isEqualTo(30);
        assertThat(gateway.client().sessionPresent()).isFalse();
    }

    @Test
    void givenAuthenticator_whenItRejects_thenGatewayLearnsWhyAndNothingIsLeft() {
        TestBroker broker = start();
        List<String> passwords = new ArrayList<>();
        Authenticator authenticator = credentials -> {
            byte[] password = credentials.password();
            passwords.add(password == null ? "none" : new String(password, StandardCharsets.UTF_8));
            return CompletableFuture.completedFuture(new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD));
        };
        broker.hooks().authenticators().add(authenticator, new Origin("test", 0, 1));
        byte[] secret = "secret".getBytes(StandardCharsets.UTF_8);
        Gateway gateway = gateway(broker);

        ConnectAnswer answer = gateway.tryConnect(ConnectRequest.of("line:default", "device", "ann", secret, null));

        assertThat(answer).isEqualTo(new ConnectAnswer.Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD));
        assertThat(passwords).containsExactly("secret");
        assertThat(secret).containsOnly(0);
        assertThat(gateway.ends()).isEmpty();
        assertThat(broker.broker().listeners().of("line:default").shutdownCount())
                .containsEntry("bad_username_or_password", 1L);
        assertThat(broker.broker().listeners().of("line:default").connections()).isZero();
    }

    @Test
    void givenPublishHook_whenItRefuses_thenGatewayIsToldAsEveryone() {
        TestBroker broker = start();
        PublishHook hook = (client, message) -> message.topic().startsWith("no/")
                ? new PublishHook.Verdict.Refuse(ReasonCode.QUOTA_EXCEEDED)
                : PublishHook.Verdict.PASS;
        broker.hooks().publishHooks().add(hook, new Origin("test", 0, 1));
        Gateway gateway = gateway(broker).connect(Gateway.request("device"));

        CompletionStage<ReasonCode> refused = gateway.publish("no/1", "x", 1);
        CompletionStage<ReasonCode> refusedTwice = gateway.publish("no/2", "x", 2);
        CompletionStage<ReasonCode> lonely = gateway.publish("yes", "x", 1);

        assertThat(gateway.settled(refused)).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(gateway.settled(refusedTwice)).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(gateway.settled(lonely)).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    }

    @Test
    void givenReceiveMaximum_whenGatewayAcknowledgesSlowly_thenTheRestWaits() {
        TestBroker broker = start();
        Gateway gateway =
                gateway(broker).connect(Gateway.lasting("device", 0, 2)).subscribe("a", 1);
        gateway.acknowledges = false;
        TestClient mqtt = broker.connection(V3).connect("mqtt");

        for (int i = 1; i <= 4; i++) {
            mqtt.publish("a", "m" + i, 1, i);
        }

        assertThat(gateway.received()).containsExactly("a m1 q1", "a m2 q1");
        assertThat(broker.fate("queued")).isEqualTo(2);
        gateway.acknowledge();
        assertThat(gateway.received()).containsExactly("a m3 q1");
        assertThat(broker.fate("delivered")).isEqualTo(1);
    }

    @Test
    void givenUnacknowledgedMessage_whenGatewayComesAgain_thenItComesAgain() {
        TestBroker broker = start();
        Gateway first =
                gateway(broker).connect(Gateway.lasting("device", 100, 10)).subscribe("a", 2);
        first.acknowledges = false;
        broker.connection(V3)
                .connect("mqtt")
                .publish("a", "kept", 1, 1)
                .publish("a", "too", 2, 2)
                .drain();
        assertThat(first.received()).containsExactly("a kept q1", "a too q2");
        first.client().disconnect(false);
        broker.settle();

        Gateway second = gateway(broker).connect(Gateway.lasting("device", 100, 10));

        assertThat(second.client().sessionPresent()).isTrue();
        assertThat(second.received()).containsExactly("a kept q1", "a too q2");
        assertThat(first.ends()).containsExactly(ReasonCode.SUCCESS);
    }

    @Test
    void givenQos0NotAcknowledged_whenItIsAMebibyte_thenTheRestWaitsHoweverLong() {
        TestBroker broker = start();
        Gateway gateway = gateway(broker).connect(Gateway.request("device")).subscribe("a", 0);
        gateway.acknowledges = false;
        TestClient mqtt = broker.connection(V3).connect("mqtt");
        String large = "x".repeat(300_000);

        for (int i = 0; i < 6; i++) {
            mqtt.publish("a", large, 0, 0);
        }
        broker.settle();
        mqtt.drain();
        broker.advance(0);

        assertThat(gateway.received()).hasSize(4);
        broker.advance(60_000);
        assertThat(gateway.ends()).isEmpty();
        assertThat(broker.fate("queued")).isEqualTo(2);
        gateway.acknowledge();
        assertThat(gateway.received()).hasSize(1);
        for (int i = 0; i < 5; i++) {
            gateway.acknowledge();
        }
        assertThat(broker.fate("delivered")).isEqualTo(6);
    }

    @Test
    void givenBrokerThatDoesNotRead_whenGatewayPublishes_thenStagesStayOpen() {
        TestBroker broker = start("maxAwaitingRel=3");
        CompletableFuture<PublishHook.Verdict> late = new CompletableFuture<>();
        PublishHook hook = (client, message) -> new PublishHook.Verdict.Later(late);
        broker.hooks().publishHooks().add(hook, new Origin("test", 0, 1));
        Gateway gateway = gateway(broker).connect(Gateway.request("device"));
        List<CompletionStage<ReasonCode>> stages = new ArrayList<>();

        for (int i = 0; i < 10; i++) {
            stages.add(gateway.publish("a", "x", 1));
        }
        CompletionStage<ReasonCode> ping = gateway.client().ping();

        assertThat(stages).allMatch(stage -> gateway.settled(stage) == null);
        assertThat(gateway.settled(ping)).as("it was asked for last").isNull();
        late.complete(PublishHook.Verdict.PASS);
        assertThat(stages).allMatch(stage -> gateway.settled(stage) == ReasonCode.NO_MATCHING_SUBSCRIBERS);
        assertThat(gateway.settled(ping)).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void givenGatewayThatLooksAtNoStage_whenItFloods_thenItIsToldAndMemoryIsBounded() {
        TestBroker broker = start();
        CompletableFuture<PublishHook.Verdict> late = new CompletableFuture<>();
        PublishHook hook = (client, message) -> new PublishHook.Verdict.Later(late);
        broker.hooks().publishHooks().add(hook, new Origin("test", 0, 1));
        Gateway gateway = gateway(broker).connect(Gateway.request("device"));
        String megabyte = "x".repeat(1_000_000);
        List<CompletionStage<ReasonCode>> stages = new ArrayList<>();

        for (int i = 0; i < 20; i++) {
            stages.add(gateway.publish("a", megabyte, 1));
        }

        long refused = stages.stream()
                .filter(stage -> gateway.settled(stage) == ReasonCode.QUOTA_EXCEEDED)
                .count();
        assertThat(refused).isEqualTo(4);
        late.complete(PublishHook.Verdict.PASS);
        broker.settle();
        assertThat(gateway.settled(gateway.publish("a", megabyte, 1))).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    }

    @Test
    void givenBounds_whenMessageExceedsThem_thenItIsRefusedAndClientStays() {
        TestBroker broker = start("maxPacketBytes=2000", "maxQosAllowed=1", "retainAvailable=false");
        Gateway gateway = gateway(broker).connect(Gateway.request("device"));

        assertThat(gateway.settled(gateway.publish("a", "x".repeat(3000), 0))).isEqualTo(ReasonCode.PACKET_TOO_LARGE);
        assertThat(gateway.settled(gateway.publish("a", "x", 2))).isEqualTo(ReasonCode.QOS_NOT_SUPPORTED);
        assertThatThrownBy(() -> gateway.client().subscribe("a/#/b", QoS.AT_MOST_ONCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a/#/b");
        assertThat(gateway.settled(gateway.client().unsubscribe("never")))
                .isEqualTo(ReasonCode.NO_SUBSCRIPTION_EXISTED);
        assertThat(gateway.ends()).isEmpty();
    }

    @Test
    void givenConnectedGateway_whenKicked_thenReceiverAndEveryStageAreTold() {
        TestBroker broker = start();
        CompletableFuture<PublishHook.Verdict> late = new CompletableFuture<>();
        PublishHook hook = (client, message) -> new PublishHook.Verdict.Later(late);
        broker.hooks().publishHooks().add(hook, new Origin("test", 0, 1));
        Gateway gateway = gateway(broker).connect(Gateway.request("device"));
        CompletionStage<ReasonCode> open = gateway.publish("a", "x", 1);
        broker.settle();

        broker.broker().clients().kick("device");

        assertThat(gateway.ends()).containsExactly(ReasonCode.ADMINISTRATIVE_ACTION);
        assertThat(gateway.settled(open)).isEqualTo(ReasonCode.ADMINISTRATIVE_ACTION);
        assertThat(gateway.settled(gateway.client().ping())).isEqualTo(ReasonCode.ADMINISTRATIVE_ACTION);
        assertThat(broker.broker().listeners().of("line:default").shutdownCount())
                .containsEntry("kicked", 1L);
        late.complete(PublishHook.Verdict.PASS);
    }

    @Test
    void givenMqttClientOfTheSameName_whenItConnects_thenItTakesOver() {
        TestBroker broker = startOn(2);
        Gateway gateway =
                gateway(broker).connect(Gateway.lasting("device", 100, 10)).subscribe("a", 1);

        TestClient mqtt = broker.connection(V5)
                .connect(io.marquetry.core.internal.testing.ConnectRequest.of(V5, "device")
                        .resume(100)
                        .build());

        assertThat(gateway.ends()).containsExactly(ReasonCode.SESSION_TAKEN_OVER);
        assertThat(mqtt.isClosed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenWill_whenGatewayDisconnects_thenItIsPublishedIfAskedFor(boolean publishWill) {
        TestBroker broker = start();
        TestClient mqtt = broker.connection(V5).connect("mqtt").subscribe("will", 0);
        Gateway gateway = gateway(broker)
                .connect(Gateway.withWill("device", Gateway.message("will", "gone", 1)))
                .subscribe("will", 0);

        gateway.client().disconnect(publishWill);

        assertThat(gateway.ends()).containsExactly(ReasonCode.SUCCESS);
        assertThat(mqtt.messages()).isEqualTo(publishWill ? List.of("gone") : List.of());
        assertThat(gateway.settled(gateway.client().ping())).isEqualTo(ReasonCode.SESSION_TAKEN_OVER);
    }

    @Test
    void givenKeepAlive_whenGatewayIsSilent_thenItsClientEnds() {
        TestBroker broker = start();
        ConnectRequest request =
                new ConnectRequest("line:default", "device", null, null, null, null, true, 0, 10, 32, null);
        Gateway gateway = gateway(broker).connect(request);

        broker.advance(9_000);
        CompletionStage<ReasonCode> ping = gateway.client().ping();
        broker.advance(9_000);

        assertThat(gateway.settled(ping)).isEqualTo(ReasonCode.SUCCESS);
        assertThat(gateway.ends()).isEmpty();
        broker.advance(30_000);
        assertThat(gateway.ends()).containsExactly(ReasonCode.KEEP_ALIVE_TIMEOUT);
    }

    @Test
    void givenExtensionThatLeaves_whenItsDoorIsShut_thenItsClientsEndAndNobodyElse() {
        TestBroker broker = startOn(2);
        LocalPort leaving = port(broker);
        LocalPort staying = port(broker);
        TestClient mqtt = broker.connection(V5).connect("mqtt").subscribe("will", 0);
        Gateway gone =
                new Gateway(broker, leaving).connect(Gateway.withWill("gone", Gateway.message("will", "gone", 0)));
        Gateway stays = new Gateway(broker, staying).connect(Gateway.request("stays"));
        broker.seen("late");
        CompletionStage<ConnectAnswer> onTheWay = leaving.connect(Gateway.request("late"), gone);

        leaving.close();

        assertThat(gone.ends()).containsExactly(ReasonCode.SERVER_SHUTTING_DOWN);
        assertThat(onTheWay.toCompletableFuture().join())
                .isEqualTo(new ConnectAnswer.Refused(ReasonCode.SERVER_SHUTTING_DOWN));
        assertThat(gone.tryConnect(Gateway.request("gone")))
                .isEqualTo(new ConnectAnswer.Refused(ReasonCode.SERVER_SHUTTING_DOWN));
        assertThat(mqtt.messages()).containsExactly("gone");
        assertThat(stays.settled(stays.client().ping())).isEqualTo(ReasonCode.SUCCESS);
        assertThat(broker.broker().listeners().of("line:default").connections()).isEqualTo(1);
    }

    @Test
    void givenExtensionThatLeaves_whenItsClientsAreAnywhereOnTheirWay_thenNoneStays() {
        for (int steps = 0; steps < 12; steps++) {
            TestBroker broker = startOn(2);
            LocalPort port = port(broker);
            List<CompletionStage<ConnectAnswer>> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                broker.seen("device" + i);
                answers.add(port.connect(Gateway.request("device" + i), new Gateway(broker, port)));
            }
            broker.loops().step(steps);

            port.close();
            broker.settle();

            assertThat(answers).allMatch(answer -> answer.toCompletableFuture().isDone());
            assertThat(broker.broker().listeners().of("line:default").connections())
                    .isZero();
            nothingIsLeft();
        }
    }

    @Test
    void givenReceiverThatThrows_whenMessagesCome_thenTheyAreRefusedAndOthersGoOn() {
        TestBroker broker = start();
        Gateway gateway = gateway(broker).connect(Gateway.request("device")).subscribe("a", 2);
        gateway.failsWith(new IllegalStateException("a fault of the gateway"));
        TestClient mqtt = broker.connection(V3).connect("mqtt");

        mqtt.publish("a", "0", 0, 0).publish("a", "1", 1, 1).publish("a", "2", 2, 2);
        mqtt.ack(io.marquetry.codec.PacketType.PUBREL, 2);
        broker.settle();

        assertThat(broker.fate("dropped.refused_by_client")).isEqualTo(2);
        assertThat(broker.fate("delivered")).isEqualTo(1);
        assertThat(gateway.settled(gateway.client().ping())).isEqualTo(ReasonCode.SUCCESS);
    }

    @Test
    void givenManyThreads_whenEachPublishesInOrder_thenItsMessagesComeInOrder() throws InterruptedException {
        TestBroker broker = startOn(2);
        Gateway gateway = gateway(broker).connect(Gateway.request("device"));
        Gateway listener = gateway(broker).connect(Gateway.request("listener")).subscribe("t/+", 1);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            String topic = "t/" + t;
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 200; i++) {
                    gateway.publish(topic, "" + i, i % 3);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        List<String> received = listener.received();

        assertThat(received).hasSize(800);
        for (int t = 0; t < 4; t++) {
            String prefix = "t/" + t + " ";
            List<String> own = received.stream()
                    .filter(line -> line.startsWith(prefix))
                    .map(line -> line.split(" ")[1])
                    .toList();
            assertThat(own)
                    .containsExactlyElementsOf(java.util.stream.IntStream.range(0, 200)
                            .mapToObj(Integer::toString)
                            .toList());
        }
    }
}
