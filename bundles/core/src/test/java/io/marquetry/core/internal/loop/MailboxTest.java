// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.testing.ManualLoops;
import io.marquetry.core.port.Loop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MailboxTest {
    /** A loop with a thread of its own. */
    private record ThreadLoop(ExecutorService thread, AtomicInteger wakeUps) implements Loop {
        @Override
        public int index() {
            return 0;
        }

        @Override
        public boolean inLoop() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void execute(Runnable task) {
            wakeUps.incrementAndGet();
            thread.execute(task);
        }

        @Override
        public void schedule(Runnable task, long delayMillis) {
            throw new UnsupportedOperationException();
        }

        @Override
        public EventLoop eventLoop() {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void givenManySenders_whenTheyAllPost_thenNoLetterIsLostOrOvertaken() throws Exception {
        int senders = 4;
        int letters = 100_000;
        ExecutorService thread = Executors.newSingleThreadExecutor();
        ThreadLoop loop = new ThreadLoop(thread, new AtomicInteger());
        Mailbox mailbox = new Mailbox(loop, new Counters());
        CountDownLatch arrived = new CountDownLatch(senders * letters);
        int[] last = new int[senders];
        AtomicInteger overtaken = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int s = 0; s < senders; s++) {
            int sender = s;
            Thread t = new Thread(() -> {
                for (int i = 1; i <= letters; i++) {
                    int number = i;
                    mailbox.post(() -> {
                        if (last[sender] + 1 != number) {
                            overtaken.incrementAndGet();
                        }
                        last[sender] = number;
                        arrived.countDown();
                    });
                    if (number % 1_000 == 0) {
                        Thread.yield(); // lets the owner fall asleep now and then
                    }
                }
            });
            threads.add(t);
            t.start();
        }

        assertThat(arrived.await(30, TimeUnit.SECONDS))
                .as("every letter arrived")
                .isTrue();
        for (Thread t : threads) {
            t.join();
        }
        assertThat(overtaken.get()).isZero();
        assertThat(loop.wakeUps().get()).isLessThan(senders * letters);
        thread.shutdown();
        assertThat(thread.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void givenLettersThatThrow_whenTheyAreRead_thenTheMailboxStaysAwake() {
        ManualLoops loops = new ManualLoops(1);
        Home home = new Home(loops.loop(0), loops::now);
        List<String> read = new ArrayList<>();

        home.mailbox().post(() -> {
            throw new IllegalStateException("a fault");
        });
        home.mailbox().post(() -> {
            throw new NoClassDefFoundError("of an extension that has gone");
        });
        loops.settle();
        home.mailbox().post(() -> read.add("next"));
        loops.settle();

        assertThat(read).containsExactly("next");
        assertThat(home.counters().get(Metric.LOOP_ERRORS)).isEqualTo(2);
    }

    @Test
    void givenCrowdedMailbox_whenItsOwnerCatchesUp_thenPausedSendersAreCalledOnce() {
        ManualLoops loops = new ManualLoops(1);
        Mailbox mailbox = new Home(loops.loop(0), loops::now).mailbox();
        AtomicInteger called = new AtomicInteger();
        mailbox.charge(Mailbox.HIGH_WATER + 1);
        assertThat(mailbox.isCrowded()).isTrue();
        mailbox.whenRoomy(called::incrementAndGet);
        loops.settle();
        assertThat(called.get()).isZero();

        mailbox.post(() -> mailbox.charge(-(Mailbox.HIGH_WATER + 1 - Mailbox.LOW_WATER)));
        loops.settle();
        mailbox.post(() -> {});
        loops.settle();

        assertThat(called.get()).isEqualTo(1);
        assertThat(mailbox.isCrowded()).isFalse();
    }
}
