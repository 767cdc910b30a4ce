// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.config.SharedStrategy;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.testing.LoneSubscriber;
import io.marquetry.core.internal.testing.ManualLoops;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SharedGroupTest {
    private final ManualLoops loops = new ManualLoops(1);
    private final Home home = new Home(loops.loop(0), loops::now);
    private final SharedGroup group = new SharedGroup("g");
    private final List<Subscription> members = new ArrayList<>();

    @BeforeEach
    void threeMembers() {
        for (int i = 0; i < 3; i++) {
            Subscription member = new Subscription(new LoneSubscriber(home), TopicFilter.parse("$share/g/a"));
            group.add(member);
            members.add(member);
        }
    }

    @Test
    void givenRoundRobin_whenPicked_thenEachHasItsTurn() {
        Map<Subscription, Integer> picked = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            picked.merge(group.pick(SharedStrategy.ROUND_ROBIN, null), 1, Integer::sum);
        }

        assertThat(picked)
                .hasSize(3)
                .allSatisfy((member, times) -> assertThat(times).isEqualTo(10));
    }

    @Test
    void givenRandom_whenPickedOften_thenEachIsPickedAboutAsOften() {
        Map<Subscription, Integer> picked = new HashMap<>();
        for (int i = 0; i < 3_000; i++) {
            picked.merge(group.pick(SharedStrategy.RANDOM, null), 1, Integer::sum);
        }

        // Seven standard deviations about the mean.
        assertThat(picked)
                .hasSize(3)
                .allSatisfy((member, times) -> assertThat(times).isBetween(800, 1_200));
    }

    @ParameterizedTest
    @EnumSource(SharedStrategy.class)
    void givenOneMemberOnline_whenPicked_thenItGetsEverything(SharedStrategy strategy) {
        of(0).online = false;
        of(2).online = false;

        for (int i = 0; i < 10; i++) {
            assertThat(group.pick(strategy, null)).isSameAs(members.get(1));
        }
    }

    @ParameterizedTest
    @EnumSource(SharedStrategy.class)
    void givenNobodyOnline_whenPicked_thenASessionKeepsIt(SharedStrategy strategy) {
        members.forEach(m -> ((LoneSubscriber) m.subscriber()).online = false);
        of(0).ended = true;
        of(1).full = true;

        assertThat(group.pick(strategy, null)).isSameAs(members.get(2));
        assertThat(group.hasTaker()).isTrue();
        assertThat(group.pick(strategy, of(2))).isNull();
    }

    @Test
    void givenEveryMemberFullOrGone_whenPicked_thenNobodyIs() {
        of(0).ended = true;
        of(1).full = true;
        group.remove(members.get(2));

        assertThat(group.pick(SharedStrategy.ROUND_ROBIN, null)).isNull();
        assertThat(group.hasTaker()).isFalse();
        assertThat(group.isEmpty()).isFalse();
    }

    private LoneSubscriber of(int i) {
        return (LoneSubscriber) members.get(i).subscriber();
    }
}
