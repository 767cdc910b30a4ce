// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shared subscriptions: who gets what, and what becomes of it when a member dies. */
@OnlyMarquetry
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
