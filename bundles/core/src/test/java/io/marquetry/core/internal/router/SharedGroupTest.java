// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.config.Keys;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.SharedStrategy;
import io.marquetry.core.internal.loop.Epoch;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.HasTopic;
import io.marquetry.core.internal.testing.LoneSubscriber;
import io.marquetry.core.internal.testing.ManualLoops;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SharedGroupTest {
    private static final int LOOPS = 2;

    private final ManualLoops loops = new ManualLoops(1);
    private final Home home = new Home(loops.loop(0), loops::now);
    private final SharedGroup group = new SharedGroup("g", LOOPS, new Epoch());
    private final List<Subscription> members = new ArrayList<>();
    private final LoneSubscriber publisher = new LoneSubscriber(home, "publisher");

    @BeforeEach
    void threeMembers() {
        for (int i = 0; i < 3; i++) {
            join();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ROUND_ROBIN", "ROUND_ROBIN_PER_GROUP"})
    void givenRoundRobin_whenPicked_thenEachHasItsTurn(SharedStrategy strategy) {
        assertThat(times(strategy, 30)).containsExactly(10, 10, 10);
    }

    @ParameterizedTest
    @EnumSource(names = {"ROUND_ROBIN", "ROUND_ROBIN_PER_GROUP"})
    void givenRoundRobin_whenOneIsPassedOver_thenTheOthersStillTakeTurns(SharedStrategy strategy) {
        of(0).online = false;

        assertThat(times(strategy, 30)).containsExactly(0, 15, 15);
    }

    @Test
    void givenRoundRobin_whenLoopsAsk_thenEachCountsForItselfAndBeginsElsewhere() {
        MqttSettings settings = settings(SharedStrategy.ROUND_ROBIN);

        List<Integer> picked = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            picked.add(members.indexOf(group.pick(settings, 0, topic("t"), publisher, null)));
            picked.add(members.indexOf(group.pick(settings, 1, topic("t"), publisher, null)));
        }

        assertThat(picked).containsExactly(0, 1, 1, 2, 2, 0);
    }

    @Test
    void givenRoundRobinPerGroup_whenLoopsAsk_thenTheyShareOneCount() {
        MqttSettings settings = settings(SharedStrategy.ROUND_ROBIN_PER_GROUP);

        List<Integer> picked = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            picked.add(members.indexOf(group.pick(settings, 0, topic("t"), publisher, null)));
            picked.add(members.indexOf(group.pick(settings, 1, topic("t"), publisher, null)));
        }

        assertThat(picked).containsExactly(0, 1, 2, 0, 1, 2);
    }

    @ParameterizedTest
    @EnumSource(names = {"RANDOM", "LOCAL"})
    void givenRandom_whenPickedOften_thenEachIsPickedAboutAsOften(SharedStrategy strategy) {
        // Seven standard deviations about the mean.
        assertThat(times(strategy, 3_000)).allMatch(times -> times >= 800 && times <= 1_200);
    }

    // --- sticky ---

    @ParameterizedTest
    @EnumSource
    void givenSticky_whenPickedAgain_thenItIsTheMemberOfBefore(SharedStrategy.StickyPick first) {
        MqttSettings settings =
                settings("sharedSubscriptionStrategy=sticky", "sharedSubscriptionInitialStickyPick=" + first);

        Set<Subscription> picked = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            picked.add(group.pick(settings, 0, topic("t" + i), publisher, null));
            join(); // nobody who comes changes it
        }

        assertThat(picked).hasSize(1);
    }

    @Test
    void givenSticky_whenManyPublish_thenTheyAreSpreadOverTheMembers() {
        Map<Subscription, Integer> picked = new HashMap<>();
        for (int i = 0; i < 3_000; i++) {
            LoneSubscriber one = new LoneSubscriber(home, "publisher" + i);
            picked.merge(pick(SharedStrategy.STICKY, one), 1, Integer::sum);
        }

        assertThat(picked.values()).hasSize(3).allMatch(times -> times >= 800 && times <= 1_200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"offline", "full", "ended", "unsubscribed"})
    void givenStickyMember_whenItCannotTakeIt_thenAnotherIsKeptFromThenOn(String why) {
        Subscription first = pick(SharedStrategy.STICKY, publisher);
        LoneSubscriber gone = (LoneSubscriber) first.subscriber();
        switch (why) {
            case "offline" -> gone.online = false;
            case "full" -> gone.full = true;
            case "ended" -> gone.ended = true;
            default -> group.remove(first);
        }

        Subscription second = pick(SharedStrategy.STICKY, publisher);
        gone.online = true;
        gone.full = false;

        assertThat(second).isNotSameAs(first);
        for (int i = 0; i < 20; i++) {
            assertThat(pick(SharedStrategy.STICKY, publisher)).isSameAs(second);
        }
    }

    @Test
    void givenStickyMemberOffline_whenEveryoneIs_thenItIsKept() {
        Subscription first = pick(SharedStrategy.STICKY, publisher);
        members.forEach(member -> ((LoneSubscriber) member.subscriber()).online = false);

        for (int i = 0; i < 20; i++) {
            assertThat(pick(SharedStrategy.STICKY, publisher)).isSameAs(first);
        }
    }

    @Test
    void givenStickyMemberThatLeftAndGroupThatEnded_whenNobodyElseHoldsThem_thenNeitherDoesThePublisher() {
        WeakReference<Subscription> member = new WeakReference<>(pick(SharedStrategy.STICKY, publisher));
        SharedGroup ended = new SharedGroup("ended", LOOPS, new Epoch());
        ended.add(new Subscription(new LoneSubscriber(home), TopicFilter.parse("$share/ended/a")));
        ended.pick(settings(SharedStrategy.STICKY), 0, topic("t"), publisher, null);
        WeakReference<SharedGroup> itsGroup = new WeakReference<>(ended);
        ended = null;
        group.remove(Objects.requireNonNull(member.get()));
        members.clear();

        for (int i = 0; i < 100 && (member.get() != null || itsGroup.get() != null); i++) {
            System.gc();
        }

        assertThat(member.get()).isNull();
        assertThat(itsGroup.get()).isNull();
        assertThat(((Subscriber) publisher).memberOf(group)).isNull();
    }

    // --- hashes ---

    @Test
    void givenHashOfTheTopic_whenPicked_thenItTellsTheMemberWhoeverPublishes() {
        for (int i = 0; i < 50; i++) {
            LoneSubscriber another = new LoneSubscriber(home, "publisher" + i);

            assertThat(group.pick(settings(SharedStrategy.HASH_TOPIC), 0, topic("t" + i), publisher, null))
                    .isSameAs(group.pick(settings(SharedStrategy.HASH_TOPIC), 1, topic("t" + i), another, null));
        }
    }

    @Test
    void givenHashOfTheClient_whenPicked_thenItTellsTheMemberWhateverTheTopic() {
        for (int i = 0; i < 50; i++) {
            LoneSubscriber again = new LoneSubscriber(home, "publisher");

            assertThat(group.pick(settings(SharedStrategy.HASH_CLIENTID), 0, topic("t" + i), again, null))
                    .isSameAs(pick(SharedStrategy.HASH_CLIENTID, publisher));
        }
    }

    @Test
    void givenManyNames_whenPlaced_thenEveryPlaceGetsItsShare() {
        int[] times = new int[10];
        for (int i = 0; i < 10_000; i++) {
            times[SharedGroup.place(("sensors/" + i + "/temperature").hashCode(), times.length)]++;
        }

        // Seven standard deviations about the mean.
        assertThat(times)
                .satisfies(all -> assertThat(Arrays.stream(all).allMatch(n -> n > 790 && n < 1_210))
                        .as(Arrays.toString(all))
                        .isTrue());
    }

    @Test
    void givenHash_whenAMemberComes_thenTopicsMoveToItAloneAndNoMoreThanItsShare() {
        List<Subscription> before = byTopic();

        Subscription newcomer = join();
        List<Subscription> after = byTopic();

        int moved = 0;
        for (int i = 0; i < before.size(); i++) {
            if (before.get(i) != after.get(i)) {
                assertThat(after.get(i)).isSameAs(newcomer);
                moved++;
            }
        }
        assertThat(moved).isBetween(150, 350); // a quarter of a thousand
    }

    @Test
    void givenHash_whenTheLastMemberLeaves_thenOnlyItsTopicsMove() {
        Subscription leaver = join();
        List<Subscription> before = byTopic();

        group.remove(leaver);

        assertOthersStay(before, byTopic(), leaver);
    }

    @ParameterizedTest
    @ValueSource(strings = {"offline", "full"})
    void givenHash_whenAMemberTakesNothing_thenOnlyItsTopicsMoveAndTheyComeBack(String why) {
        List<Subscription> before = byTopic();
        of(1).online = why.equals("full");
        of(1).full = why.equals("full");

        List<Subscription> meanwhile = byTopic();
        of(1).online = true;
        of(1).full = false;

        assertOthersStay(before, meanwhile, members.get(1));
        assertThat(byTopic()).isEqualTo(before);
    }

    private List<Subscription> byTopic() {
        List<Subscription> picked = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            picked.add(group.pick(settings(SharedStrategy.HASH_TOPIC), 0, topic("t" + i), publisher, null));
        }
        return picked;
    }

    private static void assertOthersStay(
            List<Subscription> before, List<Subscription> after, Subscription mayMoveFrom) {
        assertThat(after).doesNotContain(mayMoveFrom);
        for (int i = 0; i < before.size(); i++) {
            if (before.get(i) != mayMoveFrom) {
                assertThat(after.get(i)).isSameAs(before.get(i));
            }
        }
    }

    // --- every strategy ---

    @ParameterizedTest
    @EnumSource(SharedStrategy.class)
    void givenOneMemberOnline_whenPicked_thenItGetsEverything(SharedStrategy strategy) {
        of(0).online = false;
        of(2).online = false;

        for (int i = 0; i < 10; i++) {
            assertThat(pick(strategy, publisher)).isSameAs(members.get(1));
            assertThat(pick(strategy, null)).isSameAs(members.get(1));
        }
    }

    @ParameterizedTest
    @EnumSource(SharedStrategy.class)
    void givenNobodyOnline_whenPicked_thenASessionKeepsIt(SharedStrategy strategy) {
        members.forEach(m -> ((LoneSubscriber) m.subscriber()).online = false);
        of(0).ended = true;
        of(1).full = true;

        assertThat(pick(strategy, publisher)).isSameAs(members.get(2));
        assertThat(group.hasTaker()).isTrue();
        assertThat(group.pick(settings(strategy), 0, topic("t"), null, of(2))).isNull();
    }

    @ParameterizedTest
    @EnumSource(SharedStrategy.class)
    void givenEveryMemberFullOrGone_whenPicked_thenNobodyIs(SharedStrategy strategy) {
        of(0).ended = true;
        of(1).full = true;
        group.remove(members.get(2));

        assertThat(pick(strategy, publisher)).isNull();
        assertThat(group.hasTaker()).isFalse();
        assertThat(group.isEmpty()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(SharedStrategy.class)
    void givenMembersThatComeAndGo_whenPicked_thenItIsAlwaysOneOfThem(SharedStrategy strategy) {
        for (int i = 0; i < 200; i++) {
            if (i % 7 < 4) {
                join();
            } else {
                group.remove(members.remove(i % members.size()));
            }

            assertThat(members).contains(pick(strategy, publisher), pick(strategy, null));
        }
    }

    @Test
    void givenStrategyOfItsOwn_whenTheSettingsChange_thenItCountsFromTheNextMessage() {
        MqttSettings sticky = settings("sharedSubscriptionGroups=other:random, g:sticky");
        MqttSettings turns = settings("sharedSubscriptionGroups=other:sticky");

        Set<Subscription> kept = new HashSet<>();
        Set<Subscription> inTurn = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            kept.add(group.pick(sticky, 0, topic("t"), publisher, null));
        }
        for (int i = 0; i < 3; i++) {
            inTurn.add(group.pick(turns, 0, topic("t"), publisher, null));
        }

        assertThat(kept).hasSize(1);
        assertThat(inTurn).hasSize(3);
    }

    private Subscription join() {
        Subscription member =
                new Subscription(new LoneSubscriber(home, "member" + members.size()), TopicFilter.parse("$share/g/a"));
        group.add(member);
        members.add(member);
        return member;
    }

    private List<Integer> times(SharedStrategy strategy, int picks) {
        Map<Subscription, Integer> picked = new HashMap<>();
        for (int i = 0; i < picks; i++) {
            picked.merge(pick(strategy, publisher), 1, Integer::sum);
        }
        return members.stream().map(member -> picked.getOrDefault(member, 0)).toList();
    }

    private Subscription pick(SharedStrategy strategy, @Nullable LoneSubscriber from) {
        return group.pick(settings(strategy), 0, topic("t"), from, null);
    }

    private static MqttSettings settings(SharedStrategy strategy) {
        return settings("sharedSubscriptionStrategy=" + strategy);
    }

    private static MqttSettings settings(String... pairs) {
        Map<String, String> values = new HashMap<>();
        for (String pair : pairs) {
            int equals = pair.indexOf('=');
            values.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        Keys keys = new Keys(MqttSettings.PID, values);
        MqttSettings read = MqttSettings.read(keys);
        assertThat(keys.problems()).isEmpty();
        return read;
    }

    private static HasTopic topic(String name) {
        return name::hashCode;
    }

    private LoneSubscriber of(int i) {
        return (LoneSubscriber) members.get(i).subscriber();
    }
}
