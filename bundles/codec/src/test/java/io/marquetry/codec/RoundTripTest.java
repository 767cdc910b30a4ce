// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is encoded is decoded again, in every version, whole and in pieces. */
class RoundTripTest {
    private static final int ROUNDS = 4_000;

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void givenPacketsOfAClient_whenEncodedAndDecoded_thenTheSame(ProtocolVersion version) throws Exception {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomPackets packets = new RandomPackets(new Random(seed), version);

            Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));
            assertSame(version, seed, decoding, List.of(packets.connect(), packets.ofClient(), packets.ofClient()));
            assertThat(decoding.decoder.version()).isEqualTo(version);
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void givenPacketsOfABroker_whenEncodedAndDecoded_thenTheSame(ProtocolVersion version) throws Exception {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomPackets packets = new RandomPackets(new Random(seed), version);

            assertSame(version, seed, Decoding.client(version), List.of(packets.ofBroker(), packets.ofBroker()));
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void givenPacketsInTwoPieces_whenSplitAtEveryByte_thenDecodedOnlyWhenComplete(ProtocolVersion version)
            throws Exception {
        for (long seed = 0; seed < 50; seed++) {
            RandomPackets packets = new RandomPackets(new Random(seed), version);
            assertNothingBeforeTheLastByte(version, seed, packets.connect(), true);
            assertNothingBeforeTheLastByte(version, seed, packets.ofClient(), true);
            assertNothingBeforeTheLastByte(version, seed, packets.ofBroker(), false);
        }
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void givenAStream_whenItArrivesInRandomPieces_thenTheSamePackets(ProtocolVersion version) throws Exception {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            RandomPackets packets = new RandomPackets(random, version);
            List<Packet> sent = new ArrayList<>(List.of(packets.connect()));
            for (int i = 0; i < 20; i++) {
                sent.add(packets.ofClient());
            }
            ByteBuf stream = Unpooled.buffer();
            sent.forEach(packet -> PacketEncoder.encode(packet, version, stream));

            Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));
            ByteBuf in = Unpooled.buffer();
            while (stream.isReadable()) {
                in.writeBytes(stream, Math.min(stream.readableBytes(), 1 + random.nextInt(300)));
                decoding.all(in);
            }

            assertThat(in.isReadable()).isFalse();
            assertEqual(version, seed, decoding.packets, sent);
        }
    }

    private static void assertSame(ProtocolVersion version, long seed, Decoding decoding, List<Packet> sent)
            throws ProtocolException {
        ByteBuf wire = Unpooled.buffer();
        for (Packet packet : sent) {
            int start = wire.writerIndex();
            PacketEncoder.encode(packet, version, wire);
            int length = wire.writerIndex() - start;
            assertThat(PacketEncoder.encodedLength(packet, version))
                    .as("encodedLength of %s, seed %d", packet, seed)
                    .isEqualTo(length);
            wire.readerIndex(start);
            assertThat(decoding.decoder.bytesWanted(wire)).as("seed %d", seed).isEqualTo(length);
        }
        wire.readerIndex(0);
        decoding.all(wire);
        assertThat(wire.isReadable()).as("seed %d", seed).isFalse();
        assertEqual(version, seed, decoding.packets, sent);
    }

    /** Acknowledgements arrive without their properties, which the broker has no use for. */
    private static void assertEqual(ProtocolVersion version, long seed, List<Packet> came, List<Packet> sent) {
        List<Packet> expected = sent.stream()
                .map(packet -> packet instanceof Packet.Ack ack
                        ? new Packet.Ack(ack.type(), ack.packetId(), ack.reason(), Properties.NONE)
                        : packet)
                .toList();
        assertThat(Canonical.of(came)).as("%s, seed %d", version, seed).isEqualTo(Canonical.of(expected));
    }

    private static void assertNothingBeforeTheLastByte(
            ProtocolVersion version, long seed, Packet packet, boolean toBroker) throws ProtocolException {
        boolean connect = packet instanceof Packet.Connect;
        ByteBuf whole = Unpooled.buffer();
        PacketEncoder.encode(packet, version, whole);
        int length = whole.readableBytes();
        int step = Math.max(1, length / 400);
        for (int arrived = 0; arrived < length; arrived += arrived < 200 ? 1 : step) {
            Decoding decoding = connect
                    ? new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true))
                    : toBroker ? Decoding.connected(version, true) : Decoding.client(version);
            // A buffer of exactly this capacity: reading too far would throw.
            ByteBuf in = Unpooled.buffer(length, length).writeBytes(whole, 0, arrived);

            assertThat(decoding.next(in))
                    .as("%d of %d, seed %d", arrived, length, seed)
                    .isFalse();
            assertThat(in.readerIndex()).isZero();
            assertThat(decoding.packets).isEmpty();
            int wanted = decoding.decoder.bytesWanted(in);
            assertThat(wanted).isIn(-1, length);

            in.writeBytes(whole, arrived, length - arrived);
            assertThat(decoding.next(in)).isTrue();
            assertThat(in.isReadable()).isFalse();
            assertEqual(version, seed, decoding.packets, List.of(packet));
        }
    }
}
