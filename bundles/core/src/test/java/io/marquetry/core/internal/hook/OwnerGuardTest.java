// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.admin.ExtensionInfo.ServiceInfo;
import io.marquetry.api.extension.Guard;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.testing.ManualLoops;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an extension begins itself, behind the guard that the broker lends it. */
class OwnerGuardTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualLoops loops = new ManualLoops(1);
    private final Hooks hooks = new Hooks(MqttSettings::defaults, loops.ticker());
    private final Guard guard = hooks.guard("ext", OwnerGuardTest.class.getClassLoader());

    @AfterEach
    void end() {
        hooks.end("ext");
    }

    @Test
    void givenCall_whenItReturns_thenItsResultIsThereAndItIsCounted() throws Exception {
        Thread thread = get(guard.call("say where it runs", SECOND, Thread::currentThread));

        assertThat(thread).isNotEqualTo(Thread.currentThread());
        assertThat(thread.getName()).startsWith("marquetry-extension-ext-");
        assertThat(info().calls()).isEqualTo(1);
        assertThat(info().failures()).isZero();
        assertThat(info().pending()).isZero();
    }

    @Test
    void givenCallThatThrows_whenAsked_thenTheStageFailsWithThat() {
        CompletionStage<Object> stage = guard.call("query", SECOND, () -> {
            throw new IllegalStateException("no database");
        });

        assertThatThrownBy(() -> get(stage)).hasCause(new IllegalStateException("no database"));
        assertThat(info().failures()).isEqualTo(1);
        assertThat(hooks.faults("ext").get(0))
                .contains("was to query and failed")
                .contains("no database");
    }

    @Test
    void givenCallThatHangs_whenTheDeadlinePasses_thenItIsLateAndInterrupted() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        CompletionStage<Object> stage = guard.call("query", SECOND, () -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
            return "never";
        });
        begun.await();

        loops.advance(1000);

        assertThatThrownBy(() -> get(stage)).hasCauseInstanceOf(TimeoutException.class);
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void givenFailuresInARow_whenTheyAreTooMany_thenNothingIsCalledForAWhile() throws Exception {
        for (int i = 0; i < Breaker.MOST_FAILURES; i++) {
            CompletionStage<Object> stage = guard.call("query", SECOND, () -> {
                throw new IllegalStateException("no database");
            });
            assertThatThrownBy(() -> get(stage)).isInstanceOf(ExecutionException.class);
        }

        CompletionStage<String> refused = guard.call("query", SECOND, () -> "called");

        assertThatThrownBy(() -> get(refused)).hasCauseInstanceOf(RejectedExecutionException.class);
        assertThat(info().breaker()).isEqualTo("open");
        loops.advance(Breaker.OPEN_MILLIS);
        assertThat(get(guard.call("query", SECOND, () -> "called"))).isEqualTo("called");
        assertThat(info().breaker()).isEqualTo("closed");
    }

    @Test
    void givenExtensionThatHasStopped_whenItCallsAllTheSame_thenItIsRefused() {
        hooks.end("ext");

        CompletionStage<String> stage = guard.call("query", SECOND, () -> "called");

        assertThatThrownBy(() -> get(stage)).hasCauseInstanceOf(RejectedExecutionException.class);
    }

    private ServiceInfo info() {
        return hooks.services("ext").get(0);
    }

    private static <V> V get(CompletionStage<V> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
