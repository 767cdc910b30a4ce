// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.testing.ManualLoops;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {
    /** Rounded up to a tick, and looked at once in a tick. */
    private static final long MOST_LATE = 2 * TimerWheel.TICK_MILLIS;

    private final ManualLoops loops = new ManualLoops(1);
    private final Home home = new Home(loops.loop(0), loops::now);
    private final TimerWheel wheel = home.timers();

    private final class Alarm extends Timeout {
        private long due = -1;
        private int fired;

        void set(long delay) {
            due = loops.now() + Math.max(0, delay);
            wheel.set(this, delay);
        }

        void cancel() {
            due = -1;
            wheel.cancel(this);
        }

        @Override
        protected void expired() {
            assertThat(due).as("a timer that is not set").isNotNegative();
            assertThat(loops.now()).isBetween(due, due + MOST_LATE);
            due = -1;
            fired++;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void givenRandomTimers_whenTimePasses_thenEachFiresOnceAndNeverEarly(long seed) {
        Random random = new Random(seed);
        List<Alarm> alarms = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            alarms.add(new Alarm());
        }
        for (int step = 0; step < 3_000; step++) {
            Alarm alarm = alarms.get(random.nextInt(alarms.size()));
            switch (random.nextInt(4)) {
                case 0 -> alarm.cancel();
                // Beyond one turn of the wheel, which has 1,024 slots of 100 ms, too.
                case 1 -> alarm.set(random.nextInt(5) == 0 ? random.nextInt(400_000) : random.nextInt(3_000));
                default -> loops.advance(random.nextInt(700));
            }
            for (Alarm each : alarms) {
                assertThat(each.isSet()).isEqualTo(each.due >= 0);
                assertThat(each.due < 0 || each.due + MOST_LATE >= loops.now())
                        .as("a timer that is overdue")
                        .isTrue();
            }
        }
        loops.advance(500_000);
        assertThat(alarms).noneMatch(Timeout::isSet);
        assertThat(alarms.stream().mapToInt(a -> a.fired).sum()).isPositive();
    }

    @Test
    void givenSleepOfMoreThanATurn_whenTheLoopWakes_thenEverythingDueFires() {
        List<String> fired = new ArrayList<>();
        for (long delay : new long[] {0, 50, 100, 5_000, 102_400, 150_000, 10_000_000}) {
            wheel.set(note(fired, "" + delay), delay);
        }

        loops.oversleep(300_000);
        loops.advance(TimerWheel.TICK_MILLIS);

        assertThat(fired).containsExactlyInAnyOrder("0", "50", "100", "5000", "102400", "150000");
    }

    @Test
    void givenTimerThatFails_whenItsTickComes_thenTheOthersAndLaterOnesStillFire() {
        List<String> fired = new ArrayList<>();
        wheel.set(
                new Timeout() {
                    @Override
                    protected void expired() {
                        throw new IllegalStateException("a fault in a timer");
                    }
                },
                100);
        wheel.set(note(fired, "same tick"), 100);
        wheel.set(note(fired, "later"), 1_000);

        loops.advance(2_000);

        assertThat(fired).containsExactly("same tick", "later");
        assertThat(home.counters().get(Metric.LOOP_ERRORS)).isEqualTo(1);
    }

    @Test
    void givenTimersThatSetAndCancelOthers_whenTheyFireTogether_thenTheWheelStaysWhole() {
        List<String> fired = new ArrayList<>();
        Timeout cancelled = note(fired, "cancelled");
        Timeout again = note(fired, "again");
        wheel.set(
                new Timeout() {
                    @Override
                    protected void expired() {
                        wheel.cancel(cancelled);
                        wheel.set(again, 0);
                    }
                },
                100);
        wheel.set(cancelled, 100);
        wheel.set(again, 100);

        loops.advance(1_000);

        assertThat(fired).containsExactly("again");
        assertThat(cancelled.isSet()).isFalse();
    }

    private static Timeout note(List<String> fired, String name) {
        return new Timeout() {
            @Override
            protected void expired() {
                fired.add(name);
            }
        };
    }
}
