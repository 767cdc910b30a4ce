// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.hook.Publish;
import io.marquetry.api.hook.PublishHook.Verdict;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.hook.Ticker;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Nanoseconds for asking publish hooks that do nothing: what the guard in front of each costs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(jvmArgsAppend = {"-Djmh.executor=CUSTOM", "-Djmh.executor.class=io.marquetry.benchmarks.LoopThreads"})
public class GuardBenchmark {
    /** How many hooks there are. */
    @Param({"1", "3"})
    public int count;

    private final Hooks hooks = new Hooks(MqttSettings::defaults, Ticker.ofMachine());
    private final Publish message =
            Publish.of(Message.of("plant/7/temperature", new byte[64], QoS.AT_MOST_ONCE, false));
    private final ClientInfo client =
            new ClientInfo("c", null, ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

    /** Adds the hooks. */
    @Setup
    public void add() {
        for (int i = 0; i < count; i++) {
            hooks.publishHooks().add((asking, asked) -> Verdict.PASS, new Origin("ext", "hook" + i, i, i));
        }
    }

    /** Asks them. */
    @Benchmark
    public Verdict ask() {
        return hooks.publish(client, message);
    }
}
