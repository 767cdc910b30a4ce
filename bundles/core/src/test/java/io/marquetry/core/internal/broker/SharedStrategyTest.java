// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.config.SharedStrategy;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.ConnectRequest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each strategy of shared groups in a whole broker, with members on every loop. */
class SharedStrategyTest extends BrokerTest {
    private static final String FILTER = "$share/g/t/#";
    private static final int MEMBERS = 4;

    private final List<TestClient> members = new ArrayList<>();

    static Stream<Arguments> strategiesAndLoops() {
        return Arrays.stream(SharedStrategy.values())
                .flatMap(strategy -> Stream.of(Arguments.of(strategy, 1), Arguments.of(strategy, 2)));
    }

    @ParameterizedTest
    @MethodSource("strategiesAndLoops")
    void givenTwoPublishers_whenTheyPublish_thenOneMemberGetsEachMessage(SharedStrategy strategy, int loops) {
        TestBroker broker = startWith(loops, "sharedSubscriptionStrategy=" + strategy);

        for (int loop = 0; loop < 2; loop++) {
            TestClient publisher = broker.connection(V5).connect(broker.idAt(loop % loops, "pub"));
            for (int i = 0; i < 20; i++) {
                publisher.publish("t/" + i % 5, loop + " " + i, 0, 0);
            }
        }

        assertThat(everything()).hasSize(40).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("strategiesAndLoops")
    void givenMessagesInFlight_whenTheirMemberEnds_thenTheOthersGetThem(SharedStrategy strategy, int loops) {
        TestBroker broker = startWith(loops, "sharedSubscriptionStrategy=" + strategy);
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));
        for (int i = 0; i < 20; i++) {
            publisher.publish("t/" + i % 5, "" + i, 1, i + 1);
        }
        broker.settle();
        TestClient busiest = members.stream()
                .max((a, b) -> Integer.compare(unread(a), unread(b)))
                .orElseThrow();

        busiest.hangUp();
        members.remove(busiest);

        assertThat(everything()).hasSize(20).doesNotHaveDuplicates();
    }

    /** How many bytes the client has not read yet. */
    private static int unread(TestClient client) {
        return (int) client.wire().sentBytes();
    }

    @ParameterizedTest
    @MethodSource("strategiesAndLoops")
    void givenWill_whenItIsPublished_thenOneMemberGetsIt(SharedStrategy strategy, int loops) {
        TestBroker broker = startWith(loops, "sharedSubscriptionStrategy=" + strategy);
        TestClient dying = broker.connection(V5)
                .connect(ConnectRequest.v5(broker.idAt(loops - 1, "dying"))
                        .will("t/will", "gone", 1, false, 0)
                        .build());

        dying.hangUp();

        assertThat(everything()).containsExactly("gone");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givenRoundRobin_whenOnePublishes_thenEachMemberHasItsTurn(int loops) {
        TestBroker broker = startWith(loops);
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));

        for (int i = 0; i < 40; i++) {
            publisher.publish("t/a", "" + i, 0, 0);
        }

        for (int i = 0; i < MEMBERS; i++) {
            int member = i;
            assertThat(members.get(i).messages())
                    .containsExactlyElementsOf(IntStream.range(0, 40)
                            .filter(n -> n % MEMBERS == member)
                            .mapToObj(String::valueOf)
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givenSticky_whenTheMemberGoesAndThePublisherComesAgain_thenOneMemberGetsAllOfEachTime(int loops) {
        TestBroker broker = startWith(loops, "sharedSubscriptionStrategy=sticky");
        String id = broker.idAt(0, "pub");
        TestClient publisher =
                broker.connection(V5).connect(ConnectRequest.v5(id).resume(100).build());
        publisher.publish("t/a", "1", 0, 0).publish("t/b", "2", 0, 0).hangUp();
        publisher =
                broker.connection(V5).connect(ConnectRequest.v5(id).resume(100).build());
        publisher.publish("t/c", "3", 0, 0);
        TestClient first = theOnlyOneWith("1", "2", "3");

        first.hangUp();
        members.remove(first);
        publisher.publish("t/a", "4", 0, 0).publish("t/b", "5", 0, 0);

        theOnlyOneWith("4", "5");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givenHashOfTheTopic_whenManyPublishOnIt_thenOneMemberGetsAll(int loops) {
        TestBroker broker = startWith(loops, "sharedSubscriptionStrategy=hash_topic");

        broker.connection(V5).connect(broker.idAt(0, "pub")).publish("t/a", "1", 0, 0);
        broker.connection(V3).connect(broker.idAt(loops - 1, "pub")).publish("t/a", "2", 0, 0);

        theOnlyOneWith("1", "2");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givenHashOfTheClient_whenItPublishesOnManyTopics_thenOneMemberGetsAll(int loops) {
        TestBroker broker = startWith(loops, "sharedSubscriptionStrategy=hash_clientid");
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));

        for (int i = 0; i < 5; i++) {
            publisher.publish("t/" + i, "" + i, 0, 0);
        }

        theOnlyOneWith("0", "1", "2", "3", "4");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givenGroupWithAStrategyOfItsOwn_whenTheSettingChanges_thenItCountsFromTheNextMessage(int loops) {
        TestBroker broker = startWith(loops, "sharedSubscriptionGroups=g:sticky");
        TestClient publisher = broker.connection(V5).connect(broker.idAt(0, "pub"));
        IntStream.range(0, 4).forEach(i -> publisher.publish("t/a", "" + i, 0, 0));
        theOnlyOneWith("0", "1", "2", "3");

        broker.reconfigure("sharedSubscriptionGroups=other:sticky");
        IntStream.range(0, 4).forEach(i -> publisher.publish("t/a", "" + i, 0, 0));

        assertThat(members).allSatisfy(member -> assertThat(member.messages()).hasSize(1));
    }

    private TestBroker startWith(int loops, String... keys) {
        TestBroker broker = startOn(loops, keys);
        for (int i = 0; i < MEMBERS; i++) {
            members.add(broker.connection(V5)
                    .connect(broker.idAt(i % loops, "member"))
                    .subscribe(FILTER, 1));
        }
        return broker;
    }

    private List<String> everything() {
        return members.stream().flatMap(member -> member.messages().stream()).toList();
    }

    private TestClient theOnlyOneWith(String... messages) {
        TestClient found = null;
        for (TestClient member : members) {
            List<String> got = member.messages();
            if (!got.isEmpty()) {
                assertThat(found).as("another member that got something").isNull();
                assertThat(got).containsExactlyInAnyOrder(messages);
                found = member;
            }
        }
        assertThat(found).as("a member that got something").isNotNull();
        return found;
    }
}
