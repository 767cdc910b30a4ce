// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class BoundedTest {
    @Test
    void givenTaskThatHangs_whenItReturnsAfterAll_thenThatIsSaid() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch late = new CountDownLatch(1);

        assertThatThrownBy(() -> Bounded.run("a", 0, () -> hang(released), late::countDown))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("not when interrupted");
        assertThat(late.getCount()).isOne();
        released.countDown();

        assertThat(late.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void givenTaskThatReturns_whenRun_thenItIsNotLate() throws Exception {
        CountDownLatch late = new CountDownLatch(1);

        assertThat(Bounded.<String>run("a", 30, () -> "done", late::countDown)).isEqualTo("done");

        assertThat(late.getCount()).isOne();
    }

    /** As one that catches what it should not. */
    private static boolean hang(CountDownLatch released) {
        while (true) {
            try {
                return released.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                continue;
            }
        }
    }
}
