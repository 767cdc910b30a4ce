// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class BoundedTest {
    @Test
    void givenTaskThatHangs_whenItReturnsAfterAll_thenThatIsSaid() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch late = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();

        assertThatThrownBy(() -> Bounded.run("a", 0, () -> hang(released), () -> {
                    interrupted.set(Thread.currentThread().isInterrupted());
                    late.countDown();
                }))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("not when interrupted");
        assertThat(late.getCount()).isOne();
        released.countDown();

        assertThat(late.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(interrupted).as("what is done then may have to wait").isFalse();
    }

    @Test
    void givenTaskThatReturns_whenRun_thenItIsNotLate() throws Exception {
        CountDownLatch late = new CountDownLatch(1);

        assertThat(Bounded.<String>run("a", 30, () -> "done", late::countDown)).isEqualTo("done");

        assertThat(late.getCount()).isOne();
    }

    /** As one that remembers to have been interrupted, and waits all the same. */
    private static boolean hang(CountDownLatch released) {
        boolean interrupted = false;
        while (released.getCount() > 0) {
            LockSupport.parkNanos(1_000_000);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return true;
    }
}
