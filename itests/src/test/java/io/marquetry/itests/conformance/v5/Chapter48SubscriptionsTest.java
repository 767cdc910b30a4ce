// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.puback;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 4.8 Subscriptions. */
class Chapter48SubscriptionsTest extends V5Test {
    private String shared(String rest) {
        return "$share/" + id("g") + "/" + topic(rest);
    }

    @ParameterizedTest // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
    @ValueSource(
            strings = {
                "$share/",
                "$share/g",
                "$share/g/",
                "$share//a",
                "$share/g+/a",
                "$share/g#/a",
                "$share/+/a",
                "$share/#"
            })
    void givenMalformedSharedFilter_whenSubscribing_thenRefused(String filter) {
        client("malformed").expectFilterRefused(filter);
    }

    @Test // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
    void givenSharedSubscription_whenPublished_thenEachMessageGoesToOneMember() {
        Probe[] members = {client("one"), client("two"), client("three")};
        for (Probe member : members) {
            assertThat(member.subscribe(shared("a/#"), 1)).isEqualTo(1);
        }
        var publisher = client("publisher");

        for (int i = 0; i < 30; i++) {
            publisher.publish(topic("a/b"), "m" + i, 1);
        }

        Set<String> seen = new HashSet<>();
        for (Probe member : members) {
            member.ping().ping();
        }
        for (int i = 0; i < 30; i++) {
            Publish publish = anyOf(members);
            assertThat(seen.add(publish.text()))
                    .as("%s came twice", publish.text())
                    .isTrue();
        }
        for (Probe member : members) {
            member.expectNothing();
        }
    }

    /** Takes a message from whichever member has one. */
    private static Publish anyOf(Probe... members) {
        return io.marquetry.itests.support.Patience.untilPresent(
                () -> "a message for one of the members", io.marquetry.itests.support.Patience.LIMIT, () -> {
                    for (Probe member : members) {
                        var packet = member.nextIfAny(Duration.ofMillis(5));
                        if (packet.isPresent() && packet.get() instanceof Publish publish) {
                            member.acknowledge(publish);
                            return java.util.Optional.of(publish);
                        }
                    }
                    return java.util.Optional.empty();
                });
    }

    @Test // 4.8.2: a client may have a shared and a plain subscription, and gets a copy for each
    void givenPlainAndSharedSubscription_whenPublished_thenBothDeliver() {
        var client = client("both");
        client.subscribe(topic("a"), 0);
        client.subscribe(shared("a"), 0);

        client.publish(topic("a"), "x", 0);

        client.expectPublish(topic("a"), "x");
        client.expectPublish(topic("a"), "x");
        client.expectNothing();
    }

    @Test // 4.8.2: groups of different names are apart
    void givenTwoGroups_whenPublished_thenEachGetsACopy() {
        var one = client("one");
        one.subscribe("$share/" + id("x") + "/" + topic("a"), 0);
        var two = client("two");
        two.subscribe("$share/" + id("y") + "/" + topic("a"), 0);

        client("publisher").publish(topic("a"), "x", 0);

        one.expectPublish(topic("a"), "x");
        two.expectPublish(topic("a"), "x");
    }

    @Test // 4.8.2: no retained messages for a shared subscription
    void givenRetainedMessage_whenSubscribedShared_thenItDoesNotCome() {
        client("retainer").publish(publish(topic("a"), "kept").retain().qos(1));
        var client = client("member");

        client.subscribe(shared("a"), 1);

        client.expectNothing();
    }

    @ParameterizedTest // [MQTT-4.8.2-3]
    @CsvSource({"0,2,0", "1,2,1", "2,1,1", "2,2,2"})
    void givenGrantedQos_whenSharedMessageComes_thenTheSmallerQosCounts(int granted, int published, int delivered) {
        var client = client("member");
        client.subscribe(shared("a"), granted);

        client("publisher").publish(topic("a"), "x", published);

        assertThat(client.expectPublish(topic("a"), "x").qos()).isEqualTo(delivered);
    }

    @Test // [MQTT-4.8.2-4]
    void givenQos2InFlight_whenTheMemberReturns_thenItsDeliveryIsCompletedThere() {
        var before = client(connect(id("member")).lasting(60));
        before.subscribe(shared("a"), 2);
        client("publisher").publish(topic("a"), "x", 2);
        Publish first = before.expectPublish(topic("a"), "x");
        var other = client("other");
        other.subscribe(shared("a"), 2);
        before.drop();

        var after = client(connect(id("member")).lasting(60));
        Publish again = after.expectPublish(topic("a"), "x");
        assertThat(again.id()).isEqualTo(first.id());
        after.acknowledge(again);
        other.expectNothing();
    }

    @Test // [MQTT-4.8.2-5]
    void givenQos2InFlight_whenTheMembersSessionEnds_thenNobodyElseGetsIt() {
        var member = client("member");
        member.subscribe(shared("a"), 2);
        client("publisher").publish(topic("a"), "x", 2);
        member.expectPublish(topic("a"), "x");
        var other = client("other");
        other.subscribe(shared("a"), 2);

        member.drop();
        awaitSessionEnd(id("member"));

        client("publisher").publish(topic("a"), "end", 2);
        other.expectPublish(topic("a"), "end");
    }

    /** The session is over once a CONNECT under its name has been answered. */
    private void awaitSessionEnd(String clientId) {
        var probe = open();
        assertThat(probe.connectOk(connect(clientId).resume()).sessionPresent()).isFalse();
        probe.disconnect();
    }

    @Test // [MQTT-4.8.2-6]
    void givenMemberThatRefusesAMessage_whenItAcknowledgesWithFailure_thenNobodyElseGetsIt() {
        var member = client("member");
        member.subscribe(shared("a"), 1);
        client("publisher").publish(topic("a"), "refused", 1);
        int id = member.expectPublish(topic("a"), "refused").id();
        var other = client("other");
        other.subscribe(shared("a"), 1);

        member.send(puback(id).reason(0x83)).ping();
        member.disconnect();

        client("publisher").publish(topic("a"), "end", 1);
        other.expectPublish(topic("a"), "end");
    }

    @Test // 4.8.2: unsubscribing takes one member out
    void givenTwoMembers_whenOneUnsubscribes_thenTheOtherGetsEverything() {
        var leaver = client("leaver");
        leaver.subscribe(shared("a"), 0);
        var stayer = client("stayer");
        stayer.subscribe(shared("a"), 0);

        assertThat(leaver.unsubscribe(shared("a")).codes()).containsExactly(0);
        for (int i = 0; i < 10; i++) {
            leaver.publish(topic("a"), "m" + i, 0);
        }

        for (int i = 0; i < 10; i++) {
            stayer.expectPublish(topic("a"), "m" + i);
        }
        leaver.expectNothing();
    }

    @Test // 4.8.1: a session's subscriptions are its own
    void givenTwoClients_whenOneUnsubscribes_thenTheOtherKeepsItsSubscription() {
        var one = client("one");
        one.subscribe(topic("a"), 0);
        var two = client("two");
        two.subscribe(topic("a"), 0);

        one.unsubscribe(topic("a"));
        two.publish(topic("a"), "x", 0);

        two.expectPublish(topic("a"), "x");
        one.expectNothing();
    }

    @Test // 4.8.2: the same name with different filters are different groups
    void givenOneNameAndTwoFilters_whenPublished_thenEachFilterDelivers() {
        var one = client("one");
        one.subscribe(shared("a"), 0);
        var two = client("two");
        two.subscribe(subscribe(1).to(shared("+"), 0));

        client("publisher").publish(topic("a"), "x", 0);

        one.expectPublish(topic("a"), "x");
        two.expectPublish(topic("a"), "x");
    }
}
