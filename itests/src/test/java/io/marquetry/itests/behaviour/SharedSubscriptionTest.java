// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shared subscriptions: who gets what, by which strategy, and what becomes of it when a member dies. */
@OnlyMarquetry
@StartedWith(
        conf = "io.marquetry.core.mqtt:sharedSubscriptionGroups=any:random, turns:round_robin_per_group, kept:sticky,"
                + " here:local, bytopic:hash_topic, byclient:hash_clientid")
class SharedSubscriptionTest extends BrokerTest {
    private String shared(String rest) {
        return "$share/" + id("g") + "/" + topic(rest);
    }

    @Test
    void givenRoundRobin_whenMessagesArePublished_thenMembersTakeTurns() {
        Probe[] members = new Probe[3];
        for (int i = 0; i < members.length; i++) {
            members[i] = client(Version.V5, "member" + i);
            members[i].subscribe(shared("a"), 1);
        }
        var publisher = client(Version.V5, "publisher");

        for (int i = 0; i < 30; i++) {
            publisher.publish(topic("a"), "m" + i, 1);
        }

        for (Probe member : members) {
            for (int i = 0; i < 10; i++) {
                member.acknowledge(member.expect(Publish.class));
            }
            member.expectNothing();
        }
    }

    @Test
    void givenRoundRobinPerGroup_whenSeveralPublishInTurn_thenMembersStillTakeTurns() {
        Probe[] members = members("turns");
        Probe[] publishers = {client(Version.V5, "one"), client(Version.V31, "two"), client(Version.V311, "three")};

        for (int i = 0; i < 30; i++) {
            publishers[i % 3].publish(topic("a"), "m" + i, 1);
        }

        assertThat(counts(members, 30)).containsExactly(10, 10, 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"any", "here"})
    void givenRandomOrLocal_whenMessagesArePublished_thenEveryMemberGetsSome(String group) {
        Probe[] members = members(group);
        var publisher = client(Version.V5, "publisher");

        for (int i = 0; i < 90; i++) {
            publisher.publish(topic("a"), "m" + i, 1);
        }

        // That one of three gets fewer than five of ninety has a chance below 10^-9.
        assertThat(counts(members, 90)).allMatch(count -> count >= 5);
    }

    @Test
    void givenSticky_whenTheMemberDies_thenAnotherGetsEverythingFromThenOn() {
        Probe[] members = members("kept");
        var publisher = client(Version.V5, "publisher");
        for (int i = 0; i < 10; i++) {
            publisher.publish(topic("a" + i), "m" + i, 1);
        }
        List<Integer> first = counts(members, 10);
        assertThat(first).containsOnlyOnce(10).contains(0);
        members[first.indexOf(10)].disconnect();

        for (int i = 0; i < 10; i++) {
            publisher.publish(topic("a" + i), "n" + i, 1);
        }

        Probe[] left = IntStream.range(0, members.length)
                .filter(i -> i != first.indexOf(10))
                .mapToObj(i -> members[i])
                .toArray(Probe[]::new);
        assertThat(counts(left, 10)).containsExactlyInAnyOrder(10, 0);
    }

    @Test
    void givenHashOfTheTopic_whenSeveralPublishOnIt_thenOneMemberGetsAllOfIt() {
        Probe[] members = members("bytopic");
        Probe[] publishers = {client(Version.V5, "one"), client(Version.V31, "two"), client(Version.V311, "three")};

        for (int i = 0; i < 12; i++) {
            publishers[i % 3].publish(topic("a"), "m" + i, 1);
        }

        assertThat(counts(members, 12)).containsExactlyInAnyOrder(12, 0, 0);
    }

    @Test
    void givenHashOfTheClient_whenItPublishesOnSeveralTopics_thenOneMemberGetsAllOfThem() {
        Probe[] members = members("byclient");
        var publisher = client(Version.V5, "publisher");

        for (int i = 0; i < 12; i++) {
            publisher.publish(topic("a" + i), "m" + i, 1);
        }

        assertThat(counts(members, 12)).containsExactlyInAnyOrder(12, 0, 0);
    }

    private Probe[] members(String group) {
        Probe[] members = new Probe[3];
        for (int i = 0; i < members.length; i++) {
            members[i] = client(Version.V5, "member" + i);
            members[i].subscribe("$share/" + group + "/" + topic("+"), 1);
        }
        return members;
    }

    /** How many messages each got, once all together have that many. */
    private static List<Integer> counts(Probe[] members, int expected) {
        Integer[] counts = new Integer[members.length];
        Arrays.fill(counts, 0);
        Patience.until(expected + " messages", () -> {
            for (int i = 0; i < members.length; i++) {
                Optional<Publish> publish =
                        members[i].nextIfAny(Duration.ofMillis(3)).map(Publish.class::cast);
                if (publish.isPresent()) {
                    members[i].acknowledge(publish.get());
                    counts[i]++;
                }
            }
            return Arrays.stream(counts).mapToInt(Integer::intValue).sum() == expected;
        });
        for (Probe member : members) {
            member.expectNothing();
        }
        return List.of(counts);
    }

    @ParameterizedTest
    @EnumSource
    void givenMemberWithUnacknowledgedQos1_whenItDies_thenTheOthersGetTheMessages(Version version) {
        var dying = client(version, "dying");
        dying.subscribe(shared("a"), 1);
        var publisher = client(Version.V5, "publisher");
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < 10; i++) {
            publisher.publish(topic("a"), "m" + i, 1);
            expected.add("m" + i);
        }
        for (int i = 0; i < 10; i++) {
            dying.expect(Publish.class);
        }
        Probe[] heirs = {client(version, "heir1"), client(version, "heir2")};
        for (Probe heir : heirs) {
            heir.subscribe(shared("a"), 1);
        }

        dying.drop();

        Set<String> inherited = new TreeSet<>();
        Patience.until("the heirs to get " + expected, () -> {
            for (Probe heir : heirs) {
                Optional<Publish> publish =
                        heir.nextIfAny(Duration.ofMillis(20)).map(Publish.class::cast);
                publish.ifPresent(heir::acknowledge);
                publish.ifPresent(message -> inherited.add(message.text()));
            }
            return inherited.equals(expected);
        });
        for (Probe heir : heirs) {
            heir.expectNothing();
        }
    }

    @Test
    void givenMemberOfALastingSession_whenItIsAway_thenItsMessagesWaitForIt() {
        var before = client(Version.V5, connect(id("lasting")).lasting(60));
        before.subscribe(shared("a"), 1);
        var publisher = client(Version.V5, "publisher");
        publisher.publish(topic("a"), "unacknowledged", 1);
        before.expectPublish(topic("a"), "unacknowledged");
        before.drop();
        publisher.publish(topic("a"), "queued", 1);

        var after = client(Version.V5, connect(id("lasting")).lasting(60));

        assertThat(after.expectPublish(topic("a"), "unacknowledged").dup()).isTrue();
        after.expectPublish(topic("a"), "queued");
    }

    @Test
    void givenSystemTopics_whenSubscribedShared_thenOneMemberGetsEachEvent() {
        var one = client(Version.V5, "one");
        one.subscribe("$share/" + id("sys") + "/$SYS/brokers/+/clients/" + id("seen") + "/connected", 0);
        var two = client(Version.V5, "two");
        two.subscribe("$share/" + id("sys") + "/$SYS/brokers/+/clients/" + id("seen") + "/connected", 0);

        client(Version.V5, "seen");

        Probe[] members = {one, two};
        Publish event = Patience.untilPresent(() -> "the event of the connected client", Patience.LIMIT, () -> {
            for (Probe member : members) {
                Optional<Publish> publish =
                        member.nextIfAny(Duration.ofMillis(20)).map(Publish.class::cast);
                if (publish.isPresent()) {
                    return publish;
                }
            }
            return Optional.empty();
        });
        assertThat(event.topic()).endsWith("/clients/" + id("seen") + "/connected");
        one.expectNothing();
        two.expectNothing();
    }
}
