// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.admin.SubscriptionInfo;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.testing.Answers;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A client whose topics have a mountpoint in front, beside one that sees the broker's topics as they are. */
class MountpointTest extends BrokerTest {
    private static final String BY_CLIENT = "t/${clientid}/";

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenMountpoint_whenPublished_thenItStandsInFront(ProtocolVersion version) {
        TestBroker broker = start();
        TestClient all = outside(broker, V5, "all").subscribe("#", 2);
        TestClient mounted = mounted(broker, version, "dev", BY_CLIENT);

        for (int i = 0; i < 4; i++) { // from the second on the topic is a known one
            mounted.publish("a/b", "m" + i, i % 2, i + 1).publish("a/c", "n" + i, 2, 10 + i);
        }
        mounted.publish("a", "short", 0, 0);

        assertThat(all.story())
                .containsExactly(
                        "PUBLISH q0 t/dev/a/b m0",
                        "PUBLISH q2 t/dev/a/c n0",
                        "PUBLISH q1 t/dev/a/b m1",
                        "PUBLISH q2 t/dev/a/c n1",
                        "PUBLISH q0 t/dev/a/b m2",
                        "PUBLISH q2 t/dev/a/c n2",
                        "PUBLISH q1 t/dev/a/b m3",
                        "PUBLISH q2 t/dev/a/c n3",
                        "PUBLISH q0 t/dev/a short");
    }

    @Test
    void givenMountpoint_whenPublishedByAlias_thenTheAliasStandsForTheMountedTopic() {
        TestBroker broker = start();
        TestClient all = outside(broker, V5, "all").subscribe("#", 0);
        TestClient mounted = mounted(broker, V5, "dev", BY_CLIENT);

        mounted.send(aliased("a/b", 1, "first"))
                .send(aliased("a/c", 2, "second"))
                .send(aliased("", 1, "third"))
                .send(aliased("", 2, "fourth"));

        assertThat(all.story())
                .containsExactly(
                        "PUBLISH q0 t/dev/a/b first",
                        "PUBLISH q0 t/dev/a/c second",
                        "PUBLISH q0 t/dev/a/b third",
                        "PUBLISH q0 t/dev/a/c fourth");
    }

    @ParameterizedTest
    @CsvSource({"MQTT_3_1_1, 0, 10", "MQTT_3_1_1, 2, 5000", "MQTT_5, 1, 10", "MQTT_5, 0, 5000", "MQTT_5, 2, 70000"})
    void givenMountpoint_whenDelivered_thenItIsTakenOff(ProtocolVersion version, int qos, int length) {
        TestBroker broker = start();
        TestClient first = mounted(broker, version, "dev", BY_CLIENT).subscribe("a/+", 2);
        TestClient plain = outside(broker, version, "plain").subscribe("t/dev/a/#", 2);
        TestClient publisher = outside(broker, V5, "pub");
        String payload = "x".repeat(length);

        publisher.publish("t/dev/a/b", payload, qos, 1).publish("a/b", "elsewhere", 0, 0);

        assertThat(first.story()).containsExactly("PUBLISH q" + qos + " a/b " + payload);
        assertThat(plain.story()).containsExactly("PUBLISH q" + qos + " t/dev/a/b " + payload);
    }

    @Test
    void givenIdentifiersOrAliases_whenDelivered_thenTheMountpointIsTakenOff() {
        TestBroker broker = start();
        broker.entrance().mountpoint(BY_CLIENT);
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("dev")
                        .with(Property.TOPIC_ALIAS_MAXIMUM, 1)
                        .build());
        client.subscribe(
                Properties.builder().withSubscriptionIdentifier(5).build(),
                new Packet.Subscribe.Request("a/+", QoS.AT_MOST_ONCE, false, false, 0));
        TestClient publisher = outside(broker, V3, "pub");

        publisher
                .publish("t/dev/a/b", "tells", 0, 0)
                .publish("t/dev/a/b", "knows", 0, 0)
                .publish("t/dev/a/c", "none left", 0, 0);

        List<Packet> packets = client.drain();
        assertThat(packets.stream().map(p -> ((Packet.Publish) p).topic())).containsExactly("a/b", "", "a/c");
        assertThat(packets)
                .allSatisfy(p -> assertThat(((Packet.Publish) p).properties().subscriptionIdentifiers())
                        .containsExactly(5));
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenTopicThatIsTheMountpoint_whenDelivered_thenItStaysAsItIs(ProtocolVersion version) {
        TestBroker broker = start();
        TestClient mounted = mounted(broker, version, "dev", BY_CLIENT).subscribe("#", 0);

        outside(broker, V5, "pub").publish("t/dev", "level above", 0, 0).publish("t/dev/", "no topic left", 0, 0);

        assertThat(mounted.story()).containsExactly("PUBLISH q0 t/dev level above", "PUBLISH q0 t/dev/ no topic left");
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenMountpoint_whenUnsubscribed_thenItsOwnTextIsEnough(ProtocolVersion version) {
        TestBroker broker = start();
        TestClient mounted =
                mounted(broker, version, "dev", BY_CLIENT).subscribe("a/#", 1).subscribe("$share/g/b", 1);
        assertThat(filters(broker)).containsExactlyInAnyOrder("t/dev/a/#", "$share/g/t/dev/b");

        mounted.send(new Packet.Unsubscribe(9, List.of("$share/g/b", "t/dev/a/#", "a/#", "a#"), Properties.NONE));

        Packet.UnsubAck answer = mounted.next(Packet.UnsubAck.class);
        assertThat(filters(broker)).isEmpty();
        if (version == V5) {
            assertThat(answer.reasons())
                    .containsExactly(
                            ReasonCode.SUCCESS,
                            ReasonCode.NO_SUBSCRIPTION_EXISTED,
                            ReasonCode.SUCCESS,
                            ReasonCode.NO_SUBSCRIPTION_EXISTED);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenGroupsOfTheSameName_whenTheirMountpointsDiffer_thenTheyAreTwo(ProtocolVersion version) {
        TestBroker broker = start();
        TestClient one = mounted(broker, version, "one", BY_CLIENT).subscribe("$share/g/a", 1);
        TestClient two = mounted(broker, version, "two", BY_CLIENT).subscribe("$share/g/a", 1);
        TestClient both = mounted(broker, version, "both", "t/").subscribe("$share/g/one/a", 1);
        TestClient publisher = outside(broker, V5, "pub");

        publisher.publish("t/one/a", "1", 0, 0).publish("t/two/a", "2", 0, 0).publish("t/one/a", "3", 0, 0);

        // "both" is in the group of "one": their filters are the same where the mountpoint is in front.
        List<String> ones = one.messages();
        assertThat(ones).hasSize(1);
        assertThat(two.story()).containsExactly("PUBLISH q0 a 2");
        assertThat(both.story()).containsExactly("PUBLISH q0 one/a " + (ones.contains("1") ? "3" : "1"));
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenMountpoint_whenRetained_thenItsOwnersSeeItAsTheySentIt(ProtocolVersion version) {
        TestBroker broker = start();
        mounted(broker, version, "dev", "t/").publish("state", "on", 1, 1, true);
        broker.settle();

        TestClient other = mounted(broker, version, "other", "t/").subscribe("+", 0);
        TestClient stranger = mounted(broker, version, "stranger", "s/").subscribe("+", 0);
        TestClient plain = outside(broker, version, "plain").subscribe("t/state", 0);

        assertThat(other.story()).containsExactly("PUBLISH q0 retain state on");
        assertThat(stranger.story()).isEmpty();
        assertThat(plain.story()).containsExactly("PUBLISH q0 retain t/state on");
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenMountpoint_whenTheWillIsPublished_thenItStandsInFront(ProtocolVersion version) {
        TestBroker broker = start();
        TestClient all = outside(broker, V5, "all").subscribe("#", 1);
        broker.entrance().mountpoint(BY_CLIENT);
        TestClient mounted = broker.connection(version)
                .connect(ConnectRequest.of(version, "dev")
                        .will("gone", "w", 1, false, 0)
                        .build());

        mounted.hangUp();

        assertThat(all.story()).containsExactly("PUBLISH q1 t/dev/gone w");
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenExtensions_whenAsked_thenAuthorizersSeeTheClientsTopicAndHooksTheBrokers(ProtocolVersion version) {
        TestBroker broker = start();
        List<String> seen = new ArrayList<>();
        broker.hooks()
                .authorizers()
                .add(
                        (client, action, topic) -> {
                            seen.add((action instanceof Action.Publish ? "pub " : "sub ") + topic);
                            return Decision.ALLOW;
                        },
                        new Origin("test.authorizer", 0, 1));
        broker.hooks()
                .publishHooks()
                .add(
                        (client, message) -> {
                            seen.add("hook " + message.topic() + " of " + client.mountpoint());
                            return Verdict.PASS;
                        },
                        new Origin("test.hook", 0, 1));
        broker.entrance().mountpoint("t/");
        TestClient mounted = broker.connection(version)
                .connect(ConnectRequest.of(version, "dev")
                        .will("t/gone", "w", 0, false, 0)
                        .build())
                .subscribe("t/a", 0)
                .subscribe("$share/g/b", 0);

        mounted.publish("a", "x", 0, 0).publish("t/a", "y", 1, 1);
        broker.settle();
        assertThat(mounted.story()).containsExactly("PUBLISH q0 t/a y", "PUBACK 1");
        mounted.hangUp();

        assertThat(seen)
                .containsExactly(
                        "sub t/a",
                        "sub b",
                        "pub a",
                        "hook t/a of t/",
                        "pub t/a",
                        "hook t/t/a of t/",
                        "pub t/gone",
                        "hook t/t/gone of t/");
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenQueuedAndUnacknowledged_whenResumed_thenTheMountpointIsTakenOff(ProtocolVersion version) {
        TestBroker broker = start();
        broker.entrance().mountpoint("t/");
        ConnectRequest request = ConnectRequest.of(version, "dev").resume(3600);
        TestClient before = broker.connection(version).connect(request.build()).subscribe("a", 1);
        TestClient publisher = outside(broker, V5, "pub").publish("t/a", "sent", 1, 1);
        assertThat(before.story()).containsExactly("PUBLISH q1 a sent");
        before.hangUp();
        publisher.publish("t/a", "queued", 1, 2);
        broker.settle();

        broker.entrance().mountpoint("t/");
        TestClient after = broker.connection(version).connect(request.build());

        assertThat(after.story()).containsExactly("PUBLISH dup q1 a sent", "PUBLISH q1 a queued");
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenAnotherMountpoint_whenTheSessionIsTakenOver_thenSubscriptionsStayAsTheyAre(ProtocolVersion version) {
        TestBroker broker = start();
        ConnectRequest request = ConnectRequest.of(version, "dev").resume(3600);
        broker.entrance().mountpoint("s/");
        broker.connection(version).connect(request.build()).subscribe("a", 0).subscribe("b", 0);

        broker.entrance().mountpoint("t/");
        TestClient after = broker.connection(version).connect(request.build()).subscribe("a", 0);
        after.send(new Packet.Unsubscribe(9, List.of("b"), Properties.NONE));
        after.next(Packet.UnsubAck.class);
        outside(broker, V5, "pub")
                .publish("s/a", "old", 0, 0)
                .publish("t/a", "new", 0, 0)
                .publish("s/b", "kept", 0, 0);

        assertThat(filters(broker)).containsExactlyInAnyOrder("s/a", "s/b", "t/a");
        assertThat(after.story()).containsExactly("PUBLISH q0 s/a old", "PUBLISH q0 a new", "PUBLISH q0 s/b kept");
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenConnectedClient_whenTheTermsChange_thenItKeepsItsMountpoint(ProtocolVersion version) {
        TestBroker broker = start();
        TestClient all = outside(broker, V5, "all").subscribe("#", 0);
        TestClient mounted = mounted(broker, version, "dev", "t/");

        broker.entrance().mountpoint("other/");
        mounted.publish("a", "x", 0, 0).subscribe("b", 0);

        assertThat(all.story()).containsExactly("PUBLISH q0 t/a x");
        assertThat(filters(broker)).contains("t/b");
    }

    @Test
    void givenMountpoint_whenSubscribed_thenTheEventNamesTheBrokersFilter() {
        TestBroker broker = start();
        broker.broker().settings(new SysSettings(0, 0, true, true, true, true));
        TestClient watcher = outside(broker, V5, "watcher").subscribe("$SYS/brokers/+/clients/+/+", 0);
        watcher.drain();
        TestClient mounted = mounted(broker, V3, "dev", "t/").subscribe("$SYS/#", 0);

        mounted.send(new Packet.Unsubscribe(9, List.of("$SYS/#"), Properties.NONE));

        assertThat(watcher.messages().stream().filter(m -> m.contains("\"topic\"")))
                .hasSize(2)
                .allSatisfy(m -> assertThat(m).contains("\"topic\":\"t/$SYS/#\""));
        assertThat(mounted.story()).as("nothing of the broker's own").containsExactly("UNSUBACK");
    }

    @Test
    void givenHookThatAnswersLater_whenItPasses_thenTheMountpointIsThere() {
        TestBroker broker = start();
        TestClient all = outside(broker, V5, "all").subscribe("#", 0);
        TestClient mounted = mounted(broker, V5, "dev", "t/");
        mounted.publish("known", "1", 0, 0).publish("known", "2", 0, 0);
        broker.settle();
        Answers hook = Answers.toMessages(broker.hooks());

        mounted.publish("known", "3", 2, 3).publish("new", "4", 0, 0);
        hook.answer("3", Verdict.PASS);
        hook.answer("4", Verdict.PASS);

        assertThat(all.story())
                .containsExactly(
                        "PUBLISH q0 t/known 1", "PUBLISH q0 t/known 2", "PUBLISH q0 t/known 3", "PUBLISH q0 t/new 4");
        assertThat(mounted.ack(PacketType.PUBREL, 3).story()).containsExactly("PUBREC 3", "PUBCOMP 3");
    }

    private static TestClient outside(TestBroker broker, ProtocolVersion version, String clientId) {
        return mounted(broker, version, clientId, "");
    }

    private static TestClient mounted(TestBroker broker, ProtocolVersion version, String clientId, String mountpoint) {
        broker.entrance().mountpoint(mountpoint);
        return broker.connection(version).connect(clientId);
    }

    private static List<String> filters(TestBroker broker) {
        var listing = broker.broker().subscriptions().list("dev", 100).toCompletableFuture();
        broker.settle();
        return listing.join().stream().map(SubscriptionInfo::filter).toList();
    }

    private static Packet.Publish aliased(String topic, int alias, String payload) {
        return new Packet.Publish(
                false,
                QoS.AT_MOST_ONCE,
                false,
                topic,
                0,
                payload.getBytes(StandardCharsets.UTF_8),
                Properties.builder().with(Property.TOPIC_ALIAS, alias).build());
    }
}
