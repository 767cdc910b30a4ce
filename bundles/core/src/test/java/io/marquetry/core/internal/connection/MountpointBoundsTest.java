// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which bounds count a topic with its mountpoint, and which without. */
class MountpointBoundsTest extends BrokerTest {
    private static final String BY_CLIENT = "t/${clientid}/";

    @Test // [MQTT-3.1.2-24]
    void givenMaximumPacketSize_whenOnlyTheClientsTopicFits_thenItIsSent() {
        TestBroker broker = start();
        broker.entrance().mountpoint("tenants/12345678901234567890/");
        TestClient client = broker.connection(V5)
                .connect(ConnectRequest.v5("dev")
                        .with(Property.MAXIMUM_PACKET_SIZE, 40)
                        .build())
                .subscribe("#", 1);
        TestClient publisher = mounted(broker, V5, "pub", "tenants/12345678901234567890/");
        String fits = "x".repeat(40 - 2 - 2 - 1 - 2 - 1);

        publisher.publish("a", fits, 1, 1).publish("a", fits + "x", 1, 2).publish("a", fits + "xxx", 0, 0);

        assertThat(client.story()).containsExactly("PUBLISH q1 a " + fits);
        assertThat(broker.fate("dropped")).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenBoundOfLevels_whenTheMountedTopicHasMore_thenItIsRefused(ProtocolVersion version) {
        TestBroker broker = start("maxTopicLevels=4");
        TestClient mounted = mounted(broker, version, "dev", BY_CLIENT).subscribe("+/a", 0);

        Packet.SubAck answer = mounted.trySubscribe(
                Properties.NONE, new Packet.Subscribe.Request("+/+/a", QoS.AT_MOST_ONCE, false, false, 0));
        mounted.publish("x/a", "fits", 0, 0).publish("x/y/a", "is one too deep", 0, 0);

        assertThat(answer.reasons().get(0).isError()).isTrue();
        List<String> story = mounted.story();
        assertThat(story.get(0)).isEqualTo("PUBLISH q0 x/a fits");
        assertThat(mounted.isClosed()).isTrue();
        assertThat(broker.endings()).containsEntry("topic_name_invalid", 1L);
    }

    @ParameterizedTest
    @EnumSource(names = {"MQTT_3_1_1", "MQTT_5"})
    void givenLongTopics_whenTheyAreTooLongWithTheMountpoint_thenRefused(ProtocolVersion version) {
        TestBroker broker = start();
        String longest = "a".repeat(65_535 - "t/dev/".length());
        TestClient mounted = mounted(broker, version, "dev", BY_CLIENT).subscribe(longest, 0);
        mounted.publish(longest, "fits", 0, 0);
        assertThat(mounted.messages()).containsExactly("fits");

        Packet.SubAck answer = mounted.trySubscribe(
                Properties.NONE, new Packet.Subscribe.Request(longest + "a", QoS.AT_MOST_ONCE, false, false, 0));
        mounted.publish(longest + "a", "is one too long", 0, 0);
        broker.settle();
        TestClient testator = broker.connection(version);
        Packet.ConnAck refused = testator.tryConnect(ConnectRequest.of(version, "dev")
                .will(longest + "a", "w", 0, false, 0)
                .build());

        assertThat(answer.reasons().get(0).isError()).isTrue();
        assertThat(mounted.isClosed()).isTrue();
        assertThat(refused.reason().isError()).isTrue();
        assertThat(broker.endings()).containsEntry("topic_name_invalid", 2L);
        assertThat(broker.count("loop.errors")).isZero();
    }

    private static TestClient mounted(TestBroker broker, ProtocolVersion version, String clientId, String mountpoint) {
        broker.entrance().mountpoint(mountpoint);
        return broker.connection(version).connect(clientId);
    }
}
