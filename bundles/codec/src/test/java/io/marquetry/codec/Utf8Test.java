// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.4-3]; the JDK's own decoder is the judge. */
class Utf8Test {
    private final CharsetDecoder judge = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharBuffer sink = CharBuffer.allocate(64);

    @Test
    void givenEverySequenceOfOneToThreeBytes_whenChecked_thenAsTheJdkSays() {
        for (int size = 1; size <= 3; size++) {
            byte[] octets = new byte[size];
            for (int number = 0; number < 1 << (8 * size); number++) {
                // Leading bytes differ fastest in effect: skip those that are ASCII in front of others, they say
                // nothing.
                for (int i = 0; i < size; i++) {
                    octets[i] = (byte) (number >>> (8 * (size - 1 - i)));
                }
                if (size == 3 && octets[0] > 0 && octets[1] > 0) {
                    continue;
                }
                check(octets);
            }
        }
    }

    @Test
    void givenSequencesOfFourBytes_whenChecked_thenAsTheJdkSays() {
        int[] edges = {0x00, 0x01, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xE0, 0xF0, 0xFF};
        for (int first = 0xC0; first <= 0xFF; first++) {
            for (int second = 0; second <= 0xFF; second++) {
                for (int third : edges) {
                    for (int fourth : edges) {
                        check(new byte[] {(byte) first, (byte) second, (byte) third, (byte) fourth});
                    }
                }
            }
        }
    }

    @Test
    void givenEveryCodePoint_whenChecked_thenAllButNullAndSurrogatesPass() {
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                continue;
            }
            byte[] octets = new String(Character.toChars(point)).getBytes(StandardCharsets.UTF_8);
            assertThat(valid(octets)).as("U+%04X", point).isEqualTo(point != 0);
        }
    }

    @Test
    void givenOneBadByteAtEveryPlaceOfEveryLength_whenChecked_thenFound() {
        for (int length = 1; length <= 40; length++) {
            byte[] good = new byte[length];
            Arrays.fill(good, (byte) 'x');
            assertThat(valid(good)).isTrue();
            for (int at = 0; at < length; at++) {
                for (int bad : new int[] {0x00, 0x80, 0xC0, 0xE2, 0xFF}) {
                    byte[] octets = good.clone();
                    octets[at] = (byte) bad;
                    assertThat(valid(octets))
                            .as("0x%02X at %d of %d", bad, at, length)
                            .isFalse();
                }
            }
        }
    }

    @Test // [MQTT-1.5.4-3]
    void givenByteOrderMark_whenRead_thenKept() throws Exception {
        Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));

        decoding.all("10 [ 'MQTT' 04 02 003C 0005 EFBBBF6964 ]");

        assertThat(((Packet.Connect) decoding.packets.get(0)).clientId()).isEqualTo("\uFEFFid");
    }

    private void check(byte[] octets) {
        boolean expected = judgedValid(octets);
        if (valid(octets) != expected) {
            assertThat(valid(octets)).as(Arrays.toString(octets)).isEqualTo(expected);
        }
    }

    private boolean judgedValid(byte[] octets) {
        for (byte octet : octets) {
            if (octet == 0) {
                return false;
            }
        }
        sink.clear();
        judge.reset();
        return !judge.decode(ByteBuffer.wrap(octets), sink, true).isError();
    }

    private static boolean valid(byte[] octets) {
        // With a neighbour on both sides, so that reading too far shows.
        ByteBuf buffer = Unpooled.buffer(octets.length + 2);
        buffer.writeByte(0).writeBytes(octets).writeByte(0x80);
        return Utf8.isValid(buffer, 1, octets.length);
    }
}
