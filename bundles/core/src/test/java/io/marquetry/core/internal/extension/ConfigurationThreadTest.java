// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConfigurationThreadTest {
    private static final String IDLE = "CM Event Dispatcher";
    private static final String BUSY = "CM Event Dispatcher (Fire ConfigurationEvent: pid=%s)";
    private static final List<String> EXTENSIONS = List.of("example.gate", "example.gateway");

    private final CountDownLatch end = new CountDownLatch(1);
    private long now;
    private Thread thread = running(this::hang);
    private final ConfigurationThread watch = new ConfigurationThread(() -> Optional.of(thread), () -> now, 30);

    @AfterEach
    void endTheThread() throws InterruptedException {
        end.countDown();
        thread.join();
    }

    @Test
    void givenExtensionThatKeepsTheThread_whenItTakesTooLong_thenItIsSaidUntilItReturns() {
        doing(BUSY.formatted("example.gateway~b"), 0);
        doing(BUSY.formatted("example.gateway~b"), 30_000);
        assertThat(watch.isKept()).isFalse();

        doing(BUSY.formatted("example.gateway~b"), 30_001);
        assertThat(watch.isKept()).isTrue();
        doing(BUSY.formatted("example.gateway~b"), 60_000);
        assertThat(watch.isKept()).isTrue();

        doing(IDLE, 60_500);
        assertThat(watch.isKept()).isFalse();
    }

    @Test
    void givenThreadThatIsIdleOrBusyWithOthers_whenThatTakesLong_thenNothingIsSaid() {
        for (String name : List.of(IDLE, BUSY.formatted("io.marquetry.core.mqtt"))) {
            doing(name, 0);

            doing(name, 100_000);

            assertThat(watch.isKept()).as(name).isFalse();
        }
    }

    @Test
    void givenManyShortTasks_whenTheyTakeLongTogether_thenNothingIsSaid() {
        for (int i = 0; i < 10; i++) {
            doing(BUSY.formatted("example.gate~" + i), i * 20_000L);
        }

        assertThat(watch.isKept()).isFalse();
    }

    @Test
    void givenThreadThatWaitsForABoundedTask_whenThatTakesLong_thenItIsLeftToTheOneWhoWaits() throws Exception {
        endTheThread();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        thread = running(() -> Bounded.run(
                "a",
                60,
                () -> {
                    inside.countDown();
                    done.await();
                    return true;
                },
                () -> {}));
        inside.await();

        doing(BUSY.formatted("example.gate"), 0);
        doing(BUSY.formatted("example.gate"), 31_000);

        assertThat(watch.isKept()).isFalse();
        done.countDown();
    }

    @Test
    void givenThreadOfTheContainer_whenLookedFor_thenItIsFoundByItsName() {
        thread.setName(BUSY.formatted("example.gate"));

        assertThat(ConfigurationThread.find()).contains(thread);
    }

    private void doing(String name, long when) {
        thread.setName(name);
        now = when;
        watch.look(EXTENSIONS);
    }

    private boolean hang() throws InterruptedException {
        end.await();
        return true;
    }

    private static Thread running(java.util.concurrent.Callable<?> task) {
        Thread started = new Thread(() -> {
            try {
                task.call();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        started.setDaemon(true);
        started.start();
        return started;
    }
}
