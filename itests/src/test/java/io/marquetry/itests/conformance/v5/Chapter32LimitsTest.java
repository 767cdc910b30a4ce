// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.StartedWith;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.2 CONNACK of a broker whose operator took something away: the limits it announces are the limits it keeps. */
@StartedWith(
        conf = {
            "io.marquetry.core.mqtt:maxQosAllowed=1",
            "io.marquetry.core.mqtt:retainAvailable=false",
            "io.marquetry.core.mqtt:wildcardSubscription=false",
            "io.marquetry.core.mqtt:sharedSubscription=false",
            "io.marquetry.core.mqtt:maxPacketBytes=2000",
            "io.marquetry.core.mqtt:maxTopicAlias=3",
            "io.marquetry.core.mqtt:maxClientIdLength=40",
            "io.marquetry.core.mqtt:serverKeepalive=1",
            "io.marquetry.core.mqtt:maxSessionExpirySeconds=30"
        })
class Chapter32LimitsTest extends V5Test {
    @Test // [MQTT-3.2.2-9]
    void givenMaximumQos1_whenConnecting_thenConnackSaysSo() {
        Props props = open().connectOk(connect(id("says"))).props();

        assertThat(props.number(Property.MAXIMUM_QOS)).contains(1L);
    }

    @Test // [MQTT-3.2.2-10]
    void givenMaximumQos1_whenSubscribingWithQos2_thenItIsGrantedAtMostQos1() {
        var client = client("grants");

        assertThat(client.subscribe(topic("a"), 2)).isEqualTo(1);

        client.publish(topic("a"), "x", 1);
        assertThat(client.expect(Publish.class).qos()).isEqualTo(1);
    }

    @Test // [MQTT-3.2.2-11]
    void givenMaximumQos1_whenClientPublishesQos2_thenQosNotSupported() {
        var client = client("qos2");

        client.send(publish(topic("a"), "x").qos(2).id(1));

        client.expectRefusal(0x9B);
    }

    @Test // [MQTT-3.2.2-12]
    void givenMaximumQos1_whenWillHasQos2_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("will2")).will(topic("w"), "x", 2, false));

        probe.expectConnectRefused(0x9B);
    }

    @Test // [MQTT-3.2.2-13]
    void givenNoRetain_whenWillIsRetained_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("willretain")).will(topic("w"), "x", 0, true));

        probe.expectConnectRefused(0x9A);
    }

    @Test // [MQTT-3.2.2-14]
    void givenNoRetain_whenClientPublishesRetained_thenRetainNotSupported() {
        var client = open();
        Props props = client.connectOk(connect(id("retain"))).props();
        assertThat(props.number(Property.RETAIN_AVAILABLE)).contains(0L);

        client.send(publish(topic("a"), "x").retain());

        client.expectRefusal(0x9A);
    }

    @Test // [MQTT-3.2.2-15]
    void givenMaximumPacketSize_whenClientSendsMore_thenPacketTooLarge() {
        var client = open();
        Props props = client.connectOk(connect(id("large"))).props();
        assertThat(props.number(Property.MAXIMUM_PACKET_SIZE)).contains(2000L);

        client.send(publish(topic("a"), "x".repeat(2000)));

        client.expectRefusal(0x95);
    }

    @Test // [MQTT-3.2.2-15]
    void givenMaximumPacketSize_whenClientSendsExactlyThat_thenItIsAccepted() {
        var client = client("exact");
        String topic = topic("a");
        client.subscribe(topic, 0);
        int payload = 2000 - 1 - 2 - 2 - topic.length() - 1;

        client.publish(topic, "x".repeat(payload), 0);

        assertThat(client.expect(Publish.class).payload()).hasSize(payload);
    }

    @ParameterizedTest // [MQTT-3.2.2-17]
    @ValueSource(ints = {4, 5, 0xFFFF})
    void givenTopicAliasMaximum3_whenClientUsesAGreaterAlias_thenTopicAliasInvalid(int alias) {
        var client = open();
        Props props = client.connectOk(connect(id("alias"))).props();
        assertThat(props.number(Property.TOPIC_ALIAS_MAXIMUM)).contains(3L);

        client.send(publish(topic("a"), "x").props(Props.with(Property.TOPIC_ALIAS, alias)));

        client.expectRefusal(0x94);
    }

    @Test // [MQTT-3.2.2-21]
    void givenServerKeepAlive_whenClientAskedForLonger_thenTheServersCounts() {
        var client = open();
        Props props = client.connectOk(connect(id("keep")).keepAlive(600)).props();
        assertThat(props.number(Property.SERVER_KEEP_ALIVE)).contains(1L);

        client.expectRefusal(Duration.ofSeconds(8), 0x8D);
    }

    @ParameterizedTest // 3.2.2.3.11
    @ValueSource(strings = {"#", "a/+", "+/a", "a/#"})
    void givenNoWildcards_whenSubscribingWithOne_thenRefused(String filter) {
        var client = open();
        Props props = client.connectOk(connect(id("wild"))).props();
        assertThat(props.number(Property.WILDCARD_AVAILABLE)).contains(0L);

        client.expectFilterRefused(filter, 0xA2);
    }

    @Test // 3.2.2.3.13
    void givenNoSharedSubscriptions_whenSubscribingToOne_thenRefused() {
        var client = open();
        Props props = client.connectOk(connect(id("share"))).props();
        assertThat(props.number(Property.SHARED_AVAILABLE)).contains(0L);

        client.expectFilterRefused("$share/g/" + topic("a"), 0x9E);
    }

    @Test // [MQTT-3.1.3-8]
    void givenIdentifierThatIsTooLong_whenConnecting_thenClientIdentifierNotValid() {
        var probe = open();

        probe.send(connect("x".repeat(41)));

        probe.expectConnectRefused(0x85);
    }

    @Test // 3.2.2.3.2: the server may shorten the session and then says so
    void givenMaximumSessionExpiry_whenClientAsksForMore_thenConnackNamesTheRealOne() {
        Props props = open().connectOk(connect(id("expiry")).lasting(3600)).props();

        assertThat(props.number(Property.SESSION_EXPIRY)).contains(30L);
    }
}
