// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.loop.LoopThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class CallsTest {
    private static final int CALLS = 100_000;

    @Test
    void givenLoopsAndOtherThreads_whenTheyCallAtOnce_thenEachIsCountedAndThoseTimedStandForAll() throws Exception {
        Calls calls = new Calls();
        LongAdder stoodFor = new LongAdder();
        Runnable task = () -> {
            for (int i = 0; i < CALLS; i++) {
                stoodFor.add(calls.begin());
            }
        };
        List<Thread> threads = new ArrayList<>();
        for (int loop : new int[] {0, 1, 5_000}) {
            threads.add(new LoopThread(loop, task));
        }
        threads.add(new Thread(task));
        threads.add(new Thread(task));

        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(calls.calls()).isEqualTo(5L * CALLS);
        assertThat(stoodFor.sum()).isBetween(4L * CALLS, 6L * CALLS);
    }
}
