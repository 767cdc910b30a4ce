// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Makes inputs for the decoder: noise, good packets, and both of them spoilt a little. An input that made the decoder
 * do something new is kept and spoilt further, so that the search goes deeper with time.
 */
final class FuzzInputs {
    private static final int[] EDGES = {0x00, 0x01, 0x02, 0x03, 0x7F, 0x80, 0x81, 0xC0, 0xED, 0xF4, 0xFE, 0xFF};
    private static final int CORPUS_LIMIT = 4_096;

    private final Random random;
    private final Set<String> signatures = new HashSet<>();
    private final List<byte[]> corpus = new ArrayList<>();

    FuzzInputs(Random random) {
        this.random = random;
    }

    byte[] next(ProtocolVersion version, boolean toBroker) {
        byte[] input = switch (random.nextInt(8)) {
            case 0 -> noise(random.nextInt(64));
            case 1, 2, 3 -> corpus.isEmpty() ? good(version, toBroker) : corpus.get(random.nextInt(corpus.size()));
            default -> good(version, toBroker);
        };
        for (int i = random.nextInt(5); i > 0; i--) {
            input = spoil(input);
        }
        // With the length made right again, what is wrong lies deeper.
        return random.nextInt(3) == 0 ? input : repairLength(input);
    }

    /** Keeps an input when the way it ended was not seen before. */
    void learn(byte[] input, String signature) {
        if (signatures.add(signature) && corpus.size() < CORPUS_LIMIT && input.length < 4_096) {
            corpus.add(input);
        }
    }

    /** How many ways to end there were. */
    int signatures() {
        return signatures.size();
    }

    private byte[] good(ProtocolVersion version, boolean toBroker) {
        RandomPackets packets = new RandomPackets(random, version);
        ByteBuf out = Unpooled.buffer();
        if (toBroker) {
            PacketEncoder.encode(packets.connect(), version, out);
            if (random.nextBoolean()) {
                out.clear(); // the listener under test may have had its CONNECT
            }
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            PacketEncoder.encode(toBroker ? packets.ofClient() : packets.ofBroker(), version, out);
        }
        byte[] octets = new byte[out.readableBytes()];
        out.readBytes(octets);
        return octets;
    }

    private byte[] noise(int length) {
        byte[] octets = new byte[length];
        random.nextBytes(octets);
        return octets;
    }

    private byte[] spoil(byte[] input) {
        if (input.length == 0) {
            return noise(1 + random.nextInt(8));
        }
        byte[] octets = input.clone();
        // Most of what matters lies in front.
        int at = random.nextInt(random.nextBoolean() ? Math.min(24, octets.length) : octets.length);
        switch (random.nextInt(8)) {
            case 0 -> octets[at] ^= (byte) (1 << random.nextInt(8));
            case 1 ->
                Arrays.fill(octets, at, Math.min(octets.length, at + 1 + random.nextInt(4)), (byte)
                        EDGES[random.nextInt(EDGES.length)]);
            case 2 -> octets[at] = (byte) random.nextInt(0x30); // the identifiers of properties
            case 3 -> octets[at] += (byte) (random.nextBoolean() ? 1 : -1);
            case 4 -> octets = Arrays.copyOf(octets, at);
            case 5 -> octets = join(octets, 0, at, noise(1 + random.nextInt(4)), octets, at);
            case 6 ->
                octets = join(octets, 0, at, new byte[0], octets, Math.min(octets.length, at + 1 + random.nextInt(4)));
            default -> {
                byte[] other = corpus.isEmpty() ? input : corpus.get(random.nextInt(corpus.size()));
                octets = join(octets, 0, at, new byte[0], other, random.nextInt(other.length + 1));
            }
        }
        return octets;
    }

    private static byte[] join(byte[] head, int from, int to, byte[] middle, byte[] tail, int tailFrom) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(head, from, to - from);
        out.writeBytes(middle);
        out.write(tail, tailFrom, tail.length - tailFrom);
        return out.toByteArray();
    }

    /** Makes the whole input the body of its first packet. */
    private static byte[] repairLength(byte[] input) {
        if (input.length < 2) {
            return input;
        }
        int body = 1;
        while (body < Math.min(5, input.length) && input[body] < 0) {
            body++;
        }
        body = Math.min(body + 1, input.length);
        ByteBuf out = Unpooled.buffer().writeByte(input[0]);
        PacketEncoder.writeVarint(out, input.length - body);
        out.writeBytes(input, body, input.length - body);
        byte[] octets = new byte[out.readableBytes()];
        out.readBytes(octets);
        return octets;
    }
}
