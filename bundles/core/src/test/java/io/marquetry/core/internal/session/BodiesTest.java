// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BodiesTest {
    private final Bodies bodies = new Bodies();

    @Test
    void givenManyReferences_whenTheyComeAndGo_thenEachMessageIsForgottenWithItsLast() {
        Random random = new Random(7);
        Map<Long, Integer> expected = new HashMap<>();
        for (int step = 0; step < 200_000; step++) {
            long number = 1L + random.nextInt(step < 100_000 ? 20_000 : 40_000);
            if (random.nextInt(100) < (step < 100_000 ? 60 : 40)) {
                bodies.refer(number);
                expected.merge(number, 1, Integer::sum);
            } else if (expected.containsKey(number)) {
                boolean last = expected.merge(number, -1, Integer::sum) == 0;
                assertThat(bodies.release(number)).isEqualTo(last);
                if (last) {
                    expected.remove(number);
                }
            }
            assertThat(bodies.contains(number)).isEqualTo(expected.containsKey(number));
        }
        for (long number = 1; number <= 40_000; number++) {
            assertThat(bodies.contains(number)).isEqualTo(expected.containsKey(number));
        }
    }

    @Test
    void givenMessagesThatNobodyRefersTo_whenTheyAreRemoved_thenTheOthersStay() {
        for (long number = 1; number <= 1000; number++) {
            bodies.add(number);
            if (number % 3 == 0) {
                bodies.refer(number);
            }
        }
        List<Long> removed = new ArrayList<>();

        bodies.removeUnused(removed::add);

        assertThat(removed).hasSize(667).doesNotContain(3L, 999L);
        assertThat(bodies.contains(1)).isFalse();
        assertThat(bodies.contains(999)).isTrue();
        assertThat(bodies.release(999)).isTrue();
    }
}
