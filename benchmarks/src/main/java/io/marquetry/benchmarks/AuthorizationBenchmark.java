// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.config.Keys;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.access.Judge;
import io.marquetry.core.internal.access.Rights;
import io.marquetry.core.internal.access.Wanted;
import io.marquetry.core.internal.broker.Broker;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NodeSettings;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.hook.Origin;
import io.marquetry.core.internal.hook.Ticker;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A decision that is remembered, by itself and in the path of a publish: from the read buffer to nobody. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AuthorizationBenchmark {
    private static final int MESSAGES = 16;
    private static final MqttSettings SETTINGS = MqttSettings.defaults();

    /** Whether there is an authorizer. */
    @Param({"false", "true"})
    public boolean authorizer;

    /** How many topics the client publishes to in turn; a connection keeps four of them at hand. */
    @Param({"1", "16"})
    public int topics;

    private final BenchLoop loop = new BenchLoop();
    private final Hooks hooks = new Hooks(() -> SETTINGS, Ticker.ofMachine());
    private final ByteBuf publishes = Unpooled.directBuffer();
    private final byte[][] names = new byte[MESSAGES][];
    private final WireHandler connection;
    private final Rights rights;

    /** Connects a client. */
    public AuthorizationBenchmark() {
        Broker broker = new Broker(
                List.of(loop),
                () -> 0,
                () -> 0,
                new NodeSettings("bench@127.0.0.1", 1),
                "0.0.0",
                SETTINGS,
                RetainedSettings.read(new Keys(RetainedSettings.PID, Map.of())),
                SysSettings.read(new Keys(SysSettings.PID, Map.of())),
                hooks);
        connection = broker.open(new BenchWire(loop));
        rights = new Rights(
                new Judge(hooks),
                hooks.policy(),
                () -> SETTINGS,
                new Home(loop, () -> 0),
                new ClientInfo("client", null, ProtocolVersion.MQTT_5, null, "tcp:bench", true, 0, 0, null, ""),
                List.of());
    }

    /** Publishes to each topic once, so that the decisions are there. */
    @Setup
    public void connect() {
        if (authorizer) {
            hooks.authorizers().add((client, action, topic) -> Decision.ALLOW, new Origin("bench", 0, 1));
        }
        ByteBuf connect = Unpooled.buffer();
        encode(
                new Packet.Connect(ProtocolVersion.MQTT_5, false, true, 0, "client", null, null, null, Properties.NONE),
                connect);
        connection.onBytes(connect);
        for (int i = 0; i < MESSAGES; i++) {
            String topic = "sites/7/lines/3/machines/" + i % topics + "/temperature";
            names[i] = topic.getBytes(StandardCharsets.UTF_8);
            encode(
                    new Packet.Publish(false, QoS.AT_MOST_ONCE, false, topic, 0, new byte[64], Properties.NONE),
                    publishes);
            rights.decide(Wanted.publish(0, false), topic, decision -> {});
        }
    }

    private static void encode(Packet packet, ByteBuf out) {
        PacketEncoder.encode(packet, ProtocolVersion.MQTT_5, out);
    }

    /** Looks a decision up; without an authorizer it is the one that nobody made. */
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public int remembered() {
        int allowed = 0;
        for (byte[] name : names) {
            allowed += rights.isAllowed(Wanted.publish(0, false), name, name.length) ? 1 : 0;
        }
        return allowed;
    }

    /** A publish, all of it: decoded, allowed, and routed to nobody. */
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public void publish() {
        publishes.readerIndex(0);
        connection.onBytes(publishes);
        connection.onFlushed();
    }
}
