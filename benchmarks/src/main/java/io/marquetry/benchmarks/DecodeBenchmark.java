// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.UserProperty;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketDecoder;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.PacketSink;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.codec.ProtocolException;
import io.marquetry.codec.PublishView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
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
import org.openjdk.jmh.annotations.TearDown;

/**
 * Nanoseconds to decode one packet of a full read buffer. {@code -prof gc} must show 0 bytes for PUBLISH and the
 * acknowledgements.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(DecodeBenchmark.PACKETS)
public class DecodeBenchmark {
    static final int PACKETS = 64;

    /** What fills the read buffer. */
    @Param
    public Traffic traffic = Traffic.PUBLISH_V311_QOS0;

    private final PublishView view = new PublishView();
    private final Sink sink = new Sink();
    private ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer();
    private PacketDecoder decoder = new PacketDecoder(1 << 20, true);

    /** Fills the buffer and lets the decoder read its CONNECT. */
    @Setup
    public void fill() throws ProtocolException {
        Packet connect = connect(traffic.version, Properties.NONE);
        PacketEncoder.encode(connect, traffic.version, buffer);
        decoder.decodeNext(buffer, view, sink);
        buffer.clear();
        for (int i = 1; i <= PACKETS; i++) {
            PacketEncoder.encode(traffic.packet(i), traffic.version, buffer);
        }
    }

    /** Gives the buffer back. */
    @TearDown
    public void release() {
        buffer.release();
    }

    /** Decodes the buffer's packets. */
    @Benchmark
    public long decode() throws ProtocolException {
        buffer.readerIndex(0);
        while (decoder.decodeNext(buffer, view, sink)) {
            // The sink counts.
        }
        return sink.sum;
    }

    static Packet connect(ProtocolVersion version, Properties properties) {
        Packet.Will will = new Packet.Will(
                "clients/thermometer-17/state", "gone".getBytes(UTF_8), QoS.AT_LEAST_ONCE, true, Properties.NONE);
        return new Packet.Connect(
                version, false, true, 60, "thermometer-17", will, "thermometer", "secret".getBytes(UTF_8), properties);
    }

    /** The packets that are measured. */
    public enum Traffic {
        PUBLISH_V311_QOS0(ProtocolVersion.MQTT_3_1_1) {
            @Override
            Packet packet(int id) {
                return publish(QoS.AT_MOST_ONCE, 0, Properties.NONE);
            }
        },
        PUBLISH_V5_QOS1(ProtocolVersion.MQTT_5) {
            @Override
            Packet packet(int id) {
                return publish(QoS.AT_LEAST_ONCE, id, Properties.NONE);
            }
        },
        PUBLISH_V5_PROPERTIES(ProtocolVersion.MQTT_5) {
            @Override
            Packet packet(int id) {
                Properties properties = Properties.builder()
                        .with(Property.MESSAGE_EXPIRY_INTERVAL, 3600)
                        .with(Property.CONTENT_TYPE, "application/json")
                        .with(Property.TOPIC_ALIAS, 3)
                        .with(new UserProperty("unit", "celsius"))
                        .build();
                return publish(QoS.AT_LEAST_ONCE, id, properties);
            }
        },
        PUBACK_V5(ProtocolVersion.MQTT_5) {
            @Override
            Packet packet(int id) {
                return new Packet.Ack(PacketType.PUBACK, id, ReasonCode.SUCCESS, Properties.NONE);
            }
        },
        CONNECT_V311(ProtocolVersion.MQTT_3_1_1) {
            @Override
            Packet packet(int id) {
                return connect(version, Properties.NONE);
            }
        },
        CONNECT_V5(ProtocolVersion.MQTT_5) {
            @Override
            Packet packet(int id) {
                return connect(
                        version,
                        Properties.builder()
                                .with(Property.SESSION_EXPIRY_INTERVAL, 3600)
                                .with(Property.RECEIVE_MAXIMUM, 100)
                                .build());
            }
        };

        final ProtocolVersion version;

        Traffic(ProtocolVersion version) {
            this.version = version;
        }

        abstract Packet packet(int id);

        static Packet publish(QoS qos, int id, Properties properties) {
            return new Packet.Publish(false, qos, false, "plant/7/line/3/temperature", id, new byte[64], properties);
        }
    }

    /** Looks at enough of each packet that decoding it cannot be left out. */
    private static final class Sink implements PacketSink {
        private long sum;

        @Override
        public void onPublish(PublishView publish) {
            sum += publish.payloadStart() + publish.packetId() + publish.topicAlias();
        }

        @Override
        public void onAck(PacketType type, int packetId, ReasonCode reason) {
            sum += packetId + reason.value();
        }

        @Override
        public void onPacket(Packet packet) {
            sum += System.identityHashCode(packet.type());
        }
    }
}
