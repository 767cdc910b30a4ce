// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Publish;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** 3.2 CONNACK, as a broker with its defaults sends it; see {@link Chapter32LimitsTest} for the limits. */
class Chapter32ConnackTest extends V5Test {
    @Test // [MQTT-3.2.0-1]
    void givenSessionWithQueuedMessages_whenResumed_thenConnackComesFirst() {
        var before = client(connect(id("first")).lasting(60));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        var publisher = client("publisher");
        for (int i = 0; i < 10; i++) {
            publisher.publish(topic("a"), "m" + i, 1);
        }

        var after = open();
        after.send(connect(id("first")).lasting(60));

        after.expect(Connack.class);
        assertThat(after.expect(Publish.class).text()).isEqualTo("m0");
    }

    @Test // [MQTT-3.2.0-2]
    void givenConnect_whenAccepted_thenOnlyOneConnackComes() {
        var probe = open();

        probe.connectOk(connect(id("one")));

        probe.expectNothing();
    }

    @Test // [MQTT-3.2.2-1]
    void givenConnects_whenAnswered_thenTheReservedFlagsAreZero() {
        // The probe fails on a CONNACK whose flags 7-1 are not 0.
        assertThat(open().connect(connect(id("flags"))).code()).isZero();
        assertThat(open().connect(connect(id("flags2")).resume()).code()).isZero();
    }

    @Test // [MQTT-3.2.2-2]
    void givenSession_whenConnectingWithCleanStart_thenSessionPresentIsZero() {
        client(connect(id("clean")).lasting(60)).disconnect();

        Connack connack = open().connect(connect(id("clean")));

        assertThat(connack.code()).isZero();
        assertThat(connack.sessionPresent()).isFalse();
    }

    @Test // [MQTT-3.2.2-3]
    void givenSession_whenConnectingWithoutCleanStart_thenSessionPresentIsOne() {
        client(connect(id("resume")).lasting(60)).disconnect();

        Connack connack = open().connect(connect(id("resume")).resume());

        assertThat(connack.code()).isZero();
        assertThat(connack.sessionPresent()).isTrue();
    }

    @Test // [MQTT-3.2.2-3]
    void givenNoSession_whenConnectingWithoutCleanStart_thenSessionPresentIsZero() {
        Connack connack = open().connect(connect(id("none")).resume());

        assertThat(connack.code()).isZero();
        assertThat(connack.sessionPresent()).isFalse();
    }

    @Test // [MQTT-3.2.2-6] [MQTT-3.2.2-7] [MQTT-3.2.2-8] [MQTT-3.14.0-1]
    void givenRefusedConnect_whenAnswered_thenSessionPresentIsZeroAndConnectionIsClosed() {
        client(connect(id("refused")).lasting(60)).disconnect();
        var probe = open();

        probe.send(connect(id("refused")).resume().props(Props.with(Property.RECEIVE_MAXIMUM, 0)));

        // Also checks that Session Present is 0 and that nothing, no DISCONNECT either, follows.
        probe.expectConnectRefused(0x82);
    }

    @Test // [MQTT-3.2.2-16]
    void givenManyEmptyIdentifiers_whenConnecting_thenEachAssignedOneIsUnique() {
        Set<String> assigned = new HashSet<>();

        for (int i = 0; i < 50; i++) {
            Connack connack = open().connectOk(connect(""));
            String clientId = connack.props().text(Property.ASSIGNED_CLIENT_ID).orElseThrow();
            assertThat(assigned.add(clientId))
                    .as("%s was assigned twice", clientId)
                    .isTrue();
        }
    }

    @Test // [MQTT-3.2.2-17]
    void givenTopicAliasMaximum_whenClientUsesAGreaterAlias_thenTopicAliasInvalid() {
        var client = open();
        int maximum = client.connectOk(connect(id("alias")))
                .props()
                .number(Property.TOPIC_ALIAS_MAXIMUM)
                .orElse(0L)
                .intValue();
        int tooMuch = maximum < 0xFFFF ? maximum + 1 : 0;

        client.send(publish(topic("a"), "x").props(Props.with(Property.TOPIC_ALIAS, tooMuch)));

        client.expectRefusal(0x94);
    }

    @Test // [MQTT-3.2.2-19] [MQTT-3.2.2-20]
    void givenSmallMaximumPacketSize_whenConnackIsSent_thenItIsNotLarger() {
        var probe = open();

        probe.send(connect(id("tiny")).resume().props(Props.with(Property.MAXIMUM_PACKET_SIZE, 60)));

        Connack connack = probe.expect(Connack.class);
        assertThat(connack.code()).isZero();
        assertThat(connack.props().has(Property.REASON_STRING)).isFalse();
        assertThat(connack.props().users()).isEmpty();
    }

    @Test // [MQTT-3.2.2-22]
    void givenNoServerKeepAlive_whenClientIsSilent_thenItsOwnKeepAliveCounts() {
        var probe = open();
        Connack connack = probe.connectOk(connect(id("own")).keepAlive(1));
        assertThat(connack.props().has(Property.SERVER_KEEP_ALIVE)).isFalse();

        probe.expectRefusal(Duration.ofSeconds(8), 0x8D);
    }

    @Test // 3.2.2.3: what is not said counts as available, and is available here
    void givenDefaults_whenConnecting_thenNothingIsTakenAway() {
        Props props = open().connectOk(connect(id("defaults"))).props();

        assertThat(props.number(Property.RECEIVE_MAXIMUM).orElse(65_535L)).isPositive();
        assertThat(props.number(Property.MAXIMUM_PACKET_SIZE).orElse(1L)).isPositive();
        assertThat(props.number(Property.RETAIN_AVAILABLE).orElse(1L)).isEqualTo(1);
        assertThat(props.number(Property.WILDCARD_AVAILABLE).orElse(1L)).isEqualTo(1);
        assertThat(props.number(Property.SUBSCRIPTION_ID_AVAILABLE).orElse(1L)).isEqualTo(1);
        assertThat(props.number(Property.SHARED_AVAILABLE).orElse(1L)).isEqualTo(1);
        assertThat(props.has(Property.MAXIMUM_QOS)).isFalse();
    }

    @Test // 3.2.2.3.4: Maximum QoS is 0 or 1, or absent
    void givenConnack_whenItHasMaximumQos_thenItIsZeroOrOne() {
        Props props = open().connectOk(connect(id("qos"))).props();

        assertThat(props.number(Property.MAXIMUM_QOS).orElse(0L)).isBetween(0L, 1L);
    }
}
