// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketDecoder;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.PacketSink;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.ProtocolException;
import io.marquetry.codec.PublishView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Nanoseconds for what a topic costs that the connection has not seen lately. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TopicCheckBenchmark implements PacketSink {
    /** ASCII and not. */
    @Param({"a/b", "plant/7/line/3/temperature", "werk/7/straße/3/wärme"})
    public String topic = "";

    private final PublishView view = new PublishView();
    private ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer();

    /** Decodes a PUBLISH to the topic. */
    @Setup
    public void decode() throws ProtocolException {
        Packet publish = new Packet.Publish(false, QoS.AT_MOST_ONCE, false, topic, 0, new byte[8], Properties.NONE);
        PacketEncoder.encode(publish, ProtocolVersion.MQTT_3_1_1, buffer);
        PacketDecoder.forClient(ProtocolVersion.MQTT_3_1_1, 1 << 20).decodeNext(buffer, view, this);
    }

    /** Gives the buffer back. */
    @TearDown
    public void release() {
        buffer.release();
    }

    /** Checks the topic. */
    @Benchmark
    public PublishView check() throws ProtocolException {
        view.checkTopic(true);
        return view;
    }

    /** Makes it a string. */
    @Benchmark
    public String string() {
        return view.topicString();
    }

    @Override
    public void onPublish(PublishView publish) {}

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode reason) {}

    @Override
    public void onPacket(Packet packet) {}
}
