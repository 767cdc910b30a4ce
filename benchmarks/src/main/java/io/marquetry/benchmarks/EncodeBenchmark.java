// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Nanoseconds to encode one packet into the output buffer of a turn. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(EncodeBenchmark.PACKETS)
public class EncodeBenchmark {
    static final int PACKETS = 64;

    private final ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(64 * PACKETS);
    private final Packet connAck = new Packet.ConnAck(
            false,
            ReasonCode.SUCCESS,
            Properties.builder()
                    .with(Property.RECEIVE_MAXIMUM, 100)
                    .with(Property.MAXIMUM_PACKET_SIZE, 1 << 20)
                    .with(Property.TOPIC_ALIAS_MAXIMUM, 65_535)
                    .with(Property.ASSIGNED_CLIENT_IDENTIFIER, "marquetry-17")
                    .build());

    /** Gives the buffer back. */
    @TearDown
    public void release() {
        out.release();
    }

    /** PUBACK without a reason. */
    @Benchmark
    public int pubAck() {
        out.clear();
        for (int i = 1; i <= PACKETS; i++) {
            PacketEncoder.ack(out, ProtocolVersion.MQTT_5, PacketType.PUBACK, i, ReasonCode.SUCCESS);
        }
        return out.writerIndex();
    }

    /** PUBACK that says that nobody subscribes. */
    @Benchmark
    public int pubAckWithReason() {
        out.clear();
        for (int i = 1; i <= PACKETS; i++) {
            PacketEncoder.ack(out, ProtocolVersion.MQTT_5, PacketType.PUBACK, i, ReasonCode.NO_MATCHING_SUBSCRIBERS);
        }
        return out.writerIndex();
    }

    /** CONNACK with the usual properties. */
    @Benchmark
    public int connAck() {
        out.clear();
        for (int i = 1; i <= PACKETS; i++) {
            PacketEncoder.encode(connAck, ProtocolVersion.MQTT_5, out);
        }
        return out.writerIndex();
    }
}
