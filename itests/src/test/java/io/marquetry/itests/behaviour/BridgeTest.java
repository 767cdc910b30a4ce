// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Version;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bridges that set the high bit of the protocol level, as Mosquitto does. */
class BridgeTest extends BrokerTest {
    private Probe bridge(Version version) {
        return client(version, connect(id("bridge")).level(0x80 | version.level()));
    }

    @ParameterizedTest
    @EnumSource(names = {"V31", "V311"})
    void givenBridge_whenARetainedMessageIsPublished_thenItsRetainFlagIsKept(Version version) {
        var bridge = bridge(version);
        bridge.subscribe(topic("a"), 1);
        var plain = client(version, "plain");
        plain.subscribe(topic("a"), 1);

        client(Version.V5, "publisher")
                .publish(publish(topic("a"), "kept").qos(1).retain());

        assertThat(bridge.expectPublish(topic("a"), "kept").retain()).isTrue();
        assertThat(plain.expectPublish(topic("a"), "kept").retain()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"V31", "V311"})
    void givenBridge_whenItPublishes_thenItsMessagesAreNotEchoed(Version version) {
        var bridge = bridge(version);
        bridge.subscribe(topic("#"), 1);
        var other = client(version, "other");
        other.subscribe(topic("#"), 1);

        bridge.publish(topic("a"), "own", 1);
        other.acknowledge(other.expectPublish(topic("a"), "own"));
        other.publish(topic("a"), "other", 1);

        bridge.expectPublish(topic("a"), "other");
    }
}
