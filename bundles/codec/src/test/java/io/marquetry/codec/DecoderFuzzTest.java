// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever arrives, the decoder hands on a packet, waits for more, or throws a {@link ProtocolException}; it never
 * reads outside the packet, and what it allocates is in proportion to what arrived.
 *
 * <p>Runs for {@code -Dfuzz.seconds} (20). {@code -Dfuzz.seed} repeats a run; the seed and, on failure, the input are
 * printed.
 */
class DecoderFuzzTest {
    private static final long SECONDS = Long.getLong("fuzz.seconds", 20);
    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
    /** Objects of the smallest elements: a user property of 5 bytes, a subscription of 3. */
    private static final int ALLOCATED_PER_BYTE = 64;

    private static final int ALLOCATED_ANYWAY = 16 << 10;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Set<PacketType> seen = EnumSet.noneOf(PacketType.class);
    private final Set<ReasonCode> refused = EnumSet.noneOf(ReasonCode.class);
    private long taken;

    @Test
    void givenAnyInput_whenDecoded_thenEveryInvariantHolds() {
        System.out.println("DecoderFuzzTest: -Dfuzz.seed=" + SEED + " -Dfuzz.seconds=" + SECONDS);
        Random random = new Random(SEED);
        FuzzInputs inputs = new FuzzInputs(random);
        ProtocolVersion[] versions = ProtocolVersion.values();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        long runs = 0;
        while (System.nanoTime() - end < 0) {
            for (int i = 0; i < 500; i++, runs++) {
                ProtocolVersion version = versions[random.nextInt(versions.length)];
                Mode mode = Mode.ALL[random.nextInt(Mode.ALL.length)];
                byte[] input = inputs.next(version, mode != Mode.CLIENT);
                // The first runs load classes, which is not the decoder's allocation.
                inputs.learn(input, mode + examine(input, version, mode, runs > 20_000));
            }
        }
        System.out.printf(
                "DecoderFuzzTest: %,d inputs, %,d packets taken, %d ways to end%n", runs, taken, inputs.signatures());

        // The search itself is tested too: it has to come everywhere.
        assertThat(seen).isEqualTo(EnumSet.complementOf(EnumSet.of(PacketType.RESERVED)));
        assertThat(refused)
                .contains(
                        ReasonCode.MALFORMED_PACKET,
                        ReasonCode.PROTOCOL_ERROR,
                        ReasonCode.PACKET_TOO_LARGE,
                        ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
                        ReasonCode.TOPIC_NAME_INVALID);
        assertThat(inputs.signatures()).isGreaterThan(150);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void givenEveryPairOfFirstBytes_whenDecoded_thenEveryInvariantHolds(Mode mode) {
        for (ProtocolVersion version : ProtocolVersion.values()) {
            for (int first = 0; first < 0x100; first++) {
                for (int length : new int[] {0, 1, 2, 3, 4, 5, 9, 15}) {
                    byte[] input = new byte[2 + length];
                    input[0] = (byte) first;
                    input[1] = (byte) length;
                    examine(input, version, mode, false);
                    Arrays.fill(input, 2, input.length, (byte) 0xFF);
                    examine(input, version, mode, false);
                    Arrays.fill(input, 2, input.length, (byte) 1);
                    examine(input, version, mode, false);
                }
            }
        }
    }

    /** Decodes an input in every way and returns how it ended. */
    private String examine(byte[] input, ProtocolVersion version, Mode mode, boolean measured) {
        try {
            String whole = decode(input, version, mode, false);
            String exact = decode(input, version, mode, true);
            if (!whole.equals(exact)) {
                fail("the bytes behind a packet change it: " + whole + " and " + exact);
            }
            if (measured) {
                checkAllocation(input, version, mode);
            }
            return whole;
        } catch (Throwable e) {
            throw new AssertionError(
                    "-Dfuzz.seed=" + SEED + " " + mode + " " + version + " input "
                            + HexFormat.of().formatHex(input),
                    e);
        }
    }

    /**
     * @param exact whether each packet lies alone in a buffer of its own size, so that reading outside it throws
     * @return the types of the packets and the refusal, without numbers
     */
    private String decode(byte[] input, ProtocolVersion version, Mode mode, boolean exact) throws ProtocolException {
        Decoding decoding = new Decoding(mode.decoder(version));
        StringBuilder end = new StringBuilder();
        int at = 0;
        try {
            while (at < input.length) {
                ByteBuf in = Unpooled.wrappedBuffer(input, at, input.length - at);
                int wanted = decoding.decoder.bytesWanted(in);
                if (exact && wanted > 0 && wanted < in.readableBytes()) {
                    in = Unpooled.wrappedBuffer(Arrays.copyOfRange(input, at, at + wanted));
                }
                int before = decoding.packets.size();
                boolean complete;
                try {
                    complete = decoding.next(in);
                } catch (ProtocolException e) {
                    require(in.readerIndex() == 0, "a refused packet is not consumed");
                    throw e;
                }
                require(decoding.packets.size() - before == (complete ? 1 : 0), "one packet when complete, else none");
                if (!complete) {
                    require(in.readerIndex() == 0, "nothing is consumed while bytes are missing");
                    require((wanted == -1 ? 5 : wanted) > in.readableBytes(), "it waits only when bytes are missing");
                    return end.append("waits").toString();
                }
                require(in.readerIndex() == wanted && wanted >= 2, "a packet is consumed whole");
                end.append(checkTaken(decoding, in, wanted, mode)).append(' ');
                at += wanted;
            }
            return end.toString();
        } catch (ProtocolException e) {
            require(e.reason().isError() && e.getMessage().startsWith("expected "), "a refusal says why");
            refused.add(e.reason());
            return end.append(e.reason())
                    .append(e.getMessage().replaceAll(", got .*|[0-9]+", ""))
                    .toString();
        }
    }

    private PacketType checkTaken(Decoding decoding, ByteBuf in, int length, Mode mode) throws ProtocolException {
        Packet packet = decoding.packets.get(decoding.packets.size() - 1);
        taken++;
        seen.add(packet.type());
        if (packet instanceof Packet.Publish) {
            checkView(decoding.view, in, length);
        }
        ProtocolVersion version = decoding.decoder.version();
        if (mode != Mode.LENIENT && version != null && !secondConnect(packet, version)) {
            // What was taken can be sent on, in no more bytes, and is then taken as the same.
            ByteBuf again = Unpooled.buffer();
            PacketEncoder.encode(packet, version, again);
            require(again.readableBytes() <= length, "the encoder has the shortest form");
            Decoding second = packet instanceof Packet.Connect
                    ? new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true))
                    : mode == Mode.CLIENT ? Decoding.client(version) : Decoding.connected(version, true);
            second.all(again);
            assertThat(Canonical.of(second.packets.get(0))).isEqualTo(Canonical.of(packet));
        }
        return packet.type();
    }

    private static boolean secondConnect(Packet packet, ProtocolVersion version) {
        return packet instanceof Packet.Connect connect && connect.version() != version;
    }

    @SuppressWarnings("ReferenceEquality") // it has to be this very buffer
    private static void checkView(PublishView view, ByteBuf in, int length) throws ProtocolException {
        require(
                view.buffer() == in && view.frameStart() == 0 && view.frameLength() == length,
                "the view has the frame");
        require(view.payloadStart() + view.payloadLength() == length, "the payload ends the frame");
        require(view.topicStart() + view.topicLength() <= view.propertiesStart(), "the topic precedes the properties");
        require(
                view.propertiesStart() + view.propertiesLength() == view.payloadStart(),
                "the properties precede the payload");
        ByteBuf forwarded = Unpooled.buffer();
        view.writeForwardedProperties(forwarded);
        require(forwarded.readableBytes() == view.forwardedPropertiesLength(), "the forwarded length is right");
        long left = PropertyScanner.scan(forwarded, 0, forwarded.writerIndex(), PropertyPlace.PUBLISH, false, null);
        long taken = PropertyPlace.bit(Property.TOPIC_ALIAS) | PropertyPlace.bit(Property.MESSAGE_EXPIRY_INTERVAL);
        require((left & taken) == 0, "alias and expiry stay behind");
        view.checkTopic(true);
    }

    private void checkAllocation(byte[] input, ProtocolVersion version, Mode mode) {
        PacketDecoder decoder = mode.decoder(version);
        PublishView view = new PublishView();
        ByteBuf in = Unpooled.wrappedBuffer(input);
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            while (decoder.decodeNext(in, view, Nowhere.INSTANCE)) {
                // Only what it costs is of interest here.
            }
        } catch (ProtocolException expected) {
            // Already examined; its cost counts as well.
            require(expected.reason().isError(), "a refusal says why");
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        if (allocated > ALLOCATED_ANYWAY + (long) ALLOCATED_PER_BYTE * input.length) {
            fail(allocated + " bytes allocated for an input of " + input.length);
        }
    }

    /** An assertion that costs nothing while it holds: there are millions. */
    private static void require(boolean condition, String expectation) {
        if (!condition) {
            fail("expected that " + expectation);
        }
    }

    /** Who reads. */
    enum Mode {
        FRESH,
        STRICT,
        LENIENT,
        CLIENT;

        static final Mode[] ALL = values();

        PacketDecoder decoder(ProtocolVersion version) {
            return switch (this) {
                case FRESH -> new PacketDecoder(Decoding.MAX_PACKET_BYTES, true);
                case STRICT -> Decoding.connected(version, true).decoder;
                case LENIENT -> Decoding.connected(version, false).decoder;
                case CLIENT -> PacketDecoder.forClient(version, Decoding.MAX_PACKET_BYTES);
            };
        }
    }

    private enum Nowhere implements PacketSink {
        INSTANCE;

        @Override
        public void onPublish(PublishView publish) {}

        @Override
        public void onAck(PacketType type, int packetId, ReasonCode reason) {}

        @Override
        public void onPacket(Packet packet) {}
    }
}
