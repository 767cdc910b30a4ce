// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an operator can have delivered in another way than plain MQTT has it. */
@StartedWith(
        conf = {
            "io.marquetry.core.mqtt:mqueuePriorities=alarms/fire=10, alarms/smoke=9",
            "io.marquetry.core.mqtt:upgradeQos=true",
            "io.marquetry.core.mqtt:ignoreLoopDeliver=true"
        })
class DeliveryOptionsTest extends BrokerTest {
    @Test
    void givenPriorities_whenTheClientComesBack_thenTheHighestLeaveFirst() {
        var away = client(Version.V5, connect(id("away")).lasting(60));
        away.subscribe("alarms/+", 1);
        away.disconnect();
        var publisher = client(Version.V5, "publisher");
        for (String name : new String[] {"test", "smoke", "fire", "test", "fire"}) {
            publisher.publish("alarms/" + name, name, 1);
        }

        var back = client(Version.V5, connect(id("away")).lasting(60));

        for (String name : new String[] {"fire", "fire", "smoke", "test", "test"}) {
            back.acknowledge(back.expectPublish("alarms/" + name, name));
        }
        back.expectNothing();
    }

    @ParameterizedTest
    @EnumSource
    void givenQueue_whenMessagesArePublished_thenMembersTakeTurns(Version version) {
        Probe[] members = {client(version, "one"), client(version, "two")};
        for (Probe member : members) {
            member.subscribe("$queue/" + topic("a"), 1);
        }
        var publisher = client(Version.V5, "publisher");

        for (int i = 0; i < 10; i++) {
            publisher.publish(topic("a"), "m" + i, 1);
        }

        for (Probe member : members) {
            for (int i = 0; i < 5; i++) {
                member.acknowledge(member.expect(Publish.class));
            }
            member.expectNothing();
        }
    }

    @ParameterizedTest
    @EnumSource
    void givenUpgradeQos_whenPublishedWithQos0_thenItComesWithTheSubscriptions(Version version) {
        var subscriber = client(version, "subscriber");
        subscriber.subscribe(topic("a"), 1);

        client(version, "publisher").publish(topic("a"), "zero", 0);

        assertThat(subscriber.expectPublish(topic("a"), "zero").qos()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void givenIgnoreLoopDeliver_whenAClientPublishesToItself_thenItComesToNewerOnesAlone(Version version) {
        var client = client(version, connect(id("c")).lasting(60));
        client.subscribe(topic("a"), 0);
        client.disconnect();
        var resumed = client(version, connect(id("c")).lasting(60));

        resumed.publish(topic("a"), "own", 0);

        if (version == Version.V5) {
            resumed.expectPublish(topic("a"), "own");
        }
        resumed.expectNothing();
    }
}
