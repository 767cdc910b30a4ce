// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.router.Subscriber;
import io.marquetry.core.internal.router.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * From a topic name to a delivery, among many filters: a quarter each is exact, ends with {@code +}, ends with
 * {@code #}, and has {@code +} near the front. Topics are random, so that no cache helps.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TrieBenchmark {
    private static final int TOPICS = 1 << 16;

    /** How many filters. */
    @Param({"1000", "1000000"})
    public int filters;

    private final Home home = new Home(new BenchLoop(), () -> 0);
    private final Router router = new Router(List.of(home), MqttSettings.defaults());
    private final byte[][] topics = new byte[TOPICS][];
    private final Frames frames = router.frames(home);
    private int next;

    /** Counts what it gets. */
    static final class Counter extends Subscriber {
        long count;

        Counter(Home home) {
            super(home, "counter");
        }

        @Override
        public void deliver(
                Frames frames, int qos, boolean retain, int @Nullable [] ids, @Nullable Subscription share) {
            count++;
        }

        @Override
        public boolean isOnline() {
            return true;
        }

        @Override
        public boolean isFull() {
            return false;
        }

        @Override
        public boolean hasEnded() {
            return false;
        }
    }

    /** Subscribes. */
    @Setup
    public void subscribe() {
        Counter subscriber = new Counter(home);
        for (int i = 0; i < filters; i++) {
            String filter = switch (i & 3) {
                case 0 -> "site/" + i % 100 + "/device/" + i + "/temperature";
                case 1 -> "site/" + i % 100 + "/device/" + i + "/+";
                case 2 -> "site/" + i % 100 + "/device/" + i + "/#";
                default -> "site/+/device/" + i + "/temperature";
            };
            Subscription subscription = new Subscription(subscriber, TopicFilter.parse(filter));
            subscription.options(0, false, false, 0);
            router.subscribe(subscription);
        }
        Random random = new Random(1);
        for (int i = 0; i < TOPICS; i++) {
            int device = random.nextInt(filters);
            topics[i] =
                    ("site/" + device % 100 + "/device/" + device + "/temperature").getBytes(StandardCharsets.UTF_8);
        }
        frames.begin(Publication.of(topics[0], new byte[0], new byte[16], 0, false, Publication.NEVER), 0);
    }

    /** Finds the filter and delivers. */
    @Benchmark
    public boolean route() {
        byte[] topic = topics[next++ & TOPICS - 1];
        return router.route(home, frames, topic, topic.length, null);
    }
}
