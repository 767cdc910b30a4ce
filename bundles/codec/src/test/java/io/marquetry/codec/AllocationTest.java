// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The hot packets leave no garbage. */
class AllocationTest {
    private static final int PACKETS = 20_000;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            MQTT_3_1_1 | 30 [ 'sensors/kitchen/temperature' 323120C2B043 ]
            MQTT_3_1_1 | 32 [ 'sensors/kitchen/temperature' 0001 323120C2B043 ]
            MQTT_5     | 34 [ 'sensors/küche/temperatur' 0001 { } 323120C2B043 ]
            MQTT_5     | 30 [ '' { 23 0001 02 0000003C 26 'unit' 'celsius' } 323120C2B043 ]
            MQTT_3_1_1 | 40 [ 0001 ]
            MQTT_5     | 50 [ 0001 10 ]
            MQTT_5     | 62 [ 0001 00 { 1F 'because' } ]
            MQTT_5     | C0 00
            """)
    void givenHotPacket_whenDecodedOften_thenNoByteIsAllocated(ProtocolVersion version, String wire) throws Exception {
        ByteBuf in = Wire.bytes(wire);
        PacketDecoder decoder = Decoding.connected(version, true).decoder;
        PublishView view = new PublishView();
        TopicChecker sink = new TopicChecker();
        decode(decoder, in, view, sink);

        long before = threads.getCurrentThreadAllocatedBytes();
        decode(decoder, in, view, sink);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(sink.taken).isEqualTo(2 * PACKETS);
        // Some tens of bytes for the measurement itself.
        assertThat(allocated).isLessThan(PACKETS / 10);
    }

    @Test
    void givenAcknowledgements_whenEncodedOften_thenNoByteIsAllocated() {
        ByteBuf out = Unpooled.buffer(64);
        encode(out);

        long before = threads.getCurrentThreadAllocatedBytes();
        encode(out);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).isLessThan(PACKETS / 10);
    }

    private static void encode(ByteBuf out) {
        for (int i = 0; i < PACKETS; i++) {
            out.clear();
            PacketEncoder.ack(out, ProtocolVersion.MQTT_5, PacketType.PUBREC, i, ReasonCode.NO_MATCHING_SUBSCRIBERS);
            PacketEncoder.writeVarint(out, i);
            PacketEncoder.pingResp(out);
        }
    }

    private static void decode(PacketDecoder decoder, ByteBuf in, PublishView view, PacketSink sink)
            throws ProtocolException {
        for (int i = 0; i < PACKETS; i++) {
            in.readerIndex(0);
            if (!decoder.decodeNext(in, view, sink)) {
                throw new AssertionError("expected a whole packet");
            }
        }
    }

    private static final class TopicChecker implements PacketSink {
        private int taken;

        @Override
        public void onPublish(PublishView publish) {
            try {
                publish.checkTopic(true);
                taken++;
            } catch (ProtocolException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void onAck(PacketType type, int packetId, ReasonCode reason) {
            taken++;
        }

        @Override
        public void onPacket(Packet packet) {
            taken++;
        }
    }
}
