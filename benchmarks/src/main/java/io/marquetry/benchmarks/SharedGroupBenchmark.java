// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.config.Keys;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Match;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.router.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs to pick one of a hundred members, and to deliver to it, by each strategy; one loop, a kept match. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SharedGroupBenchmark {
    private static final int MEMBERS = 100;

    /** How the group picks; none is a subscriber without a group, to compare with. */
    @Param({"none", "random", "round_robin", "round_robin_per_group", "sticky", "local", "hash_topic", "hash_clientid"})
    public String strategy = "none";

    private final byte[] topic = "site/17/device/4711/temperature".getBytes(StandardCharsets.UTF_8);
    private final Home home = new Home(new BenchLoop(), () -> 0);
    private final TrieBenchmark.Counter publisher = new TrieBenchmark.Counter(home);
    private final Router router = new Router(List.of(home), MqttSettings.defaults());
    private final Frames frames = router.frames(home);
    private Match match = router.match(home, topic, topic.length);

    /** Has the members subscribe. */
    @Setup
    public void subscribe() {
        boolean shared = !strategy.equals("none");
        if (shared) {
            Keys keys = new Keys(MqttSettings.PID, Map.of("sharedSubscriptionStrategy", strategy));
            router.settings(MqttSettings.read(keys));
        }
        for (int i = 0; i < (shared ? MEMBERS : 1); i++) {
            Subscription subscription = new Subscription(
                    new TrieBenchmark.Counter(home), TopicFilter.parse((shared ? "$share/g/" : "") + "site/#"));
            subscription.options(0, false, false, 0);
            router.subscribe(subscription);
        }
        frames.begin(Publication.of(topic, new byte[0], new byte[16], 0, false, Publication.NEVER), 0);
        match = router.match(home, topic, topic.length);
    }

    /** Picks a member and delivers. */
    @Benchmark
    public boolean route() {
        return router.route(home, frames, match, publisher);
    }
}
