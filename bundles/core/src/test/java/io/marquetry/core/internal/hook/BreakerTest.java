// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BreakerTest {
    private final AtomicLong clock = new AtomicLong();
    private final Breaker breaker = new Breaker(clock::get);

    @Test
    void givenFailuresInARow_whenTheyAreTooMany_thenItOpens() {
        fail(Breaker.MOST_FAILURES - 1);
        assertThat(breaker.allows()).isTrue();

        boolean opened = breaker.failed();

        assertThat(opened).isTrue();
        assertThat(breaker.allows()).isFalse();
        assertThat(breaker.state()).isEqualTo("open");
    }

    @Test
    void givenASuccessInBetween_whenFailuresGoOn_thenTheyAreCountedAnew() {
        fail(Breaker.MOST_FAILURES - 1);
        breaker.succeeded();

        fail(Breaker.MOST_FAILURES - 1);

        assertThat(breaker.allows()).isTrue();
        assertThat(breaker.state()).isEqualTo("closed");
    }

    @Test
    void givenOpen_whenItsTimeHasPassed_thenOneCallTries() {
        fail(Breaker.MOST_FAILURES);
        clock.addAndGet(Breaker.OPEN_MILLIS);

        assertThat(breaker.allows()).isTrue();
        assertThat(breaker.allows()).isFalse();
        assertThat(breaker.state()).isEqualTo("half_open");
    }

    @Test
    void givenTry_whenItSucceeds_thenItCloses() {
        fail(Breaker.MOST_FAILURES);
        clock.addAndGet(Breaker.OPEN_MILLIS);
        breaker.allows();

        boolean closed = breaker.succeeded();

        assertThat(closed).isTrue();
        assertThat(breaker.allows()).isTrue();
        assertThat(breaker.state()).isEqualTo("closed");
    }

    @Test
    void givenTry_whenItFails_thenItStaysOpenForAsLongAgain() {
        fail(Breaker.MOST_FAILURES);
        clock.addAndGet(Breaker.OPEN_MILLIS);
        breaker.allows();
        clock.addAndGet(Breaker.OPEN_MILLIS - 1);
        breaker.failed();

        clock.addAndGet(Breaker.OPEN_MILLIS - 1);

        assertThat(breaker.allows()).isFalse();
        clock.addAndGet(1);
        assertThat(breaker.allows()).isTrue();
    }

    @Test
    void givenOpen_whenAnAnswerFromBeforeArrives_thenItStaysOpen() {
        fail(Breaker.MOST_FAILURES);

        boolean closed = breaker.succeeded();

        assertThat(closed).isFalse();
        assertThat(breaker.allows()).isFalse();
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            breaker.failed();
        }
    }
}
