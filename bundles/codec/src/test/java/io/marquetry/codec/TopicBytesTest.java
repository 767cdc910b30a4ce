// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** [MQTT-3.3.2-2] [MQTT-1.5.4-1] [MQTT-1.5.4-2], eight bytes at a time. */
class TopicBytesTest {
    @Test
    void givenOneForbiddenByteAtEveryPlaceOfEveryLength_whenChecked_thenRefusedWithItsReason() {
        for (int length = 1; length <= 40; length++) {
            byte[] good = new byte[length];
            Arrays.fill(good, (byte) 't');
            assertThatCode(() -> check(good, true)).doesNotThrowAnyException();
            for (int at = 0; at < length; at++) {
                assertThat(reason(good, at, '+')).isEqualTo(ReasonCode.TOPIC_NAME_INVALID);
                assertThat(reason(good, at, '#')).isEqualTo(ReasonCode.TOPIC_NAME_INVALID);
                assertThat(reason(good, at, 0)).isEqualTo(ReasonCode.MALFORMED_PACKET);
                assertThat(reason(good, at, 0xFF)).isEqualTo(ReasonCode.MALFORMED_PACKET);
            }
        }
    }

    @Test
    void givenEveryOtherAsciiByteAtEveryPlace_whenChecked_thenTaken() throws Exception {
        for (int length = 1; length <= 20; length++) {
            for (int octet = 1; octet < 0x80; octet++) {
                byte[] topic = new byte[length];
                Arrays.fill(topic, (byte) octet);
                if (octet != '+' && octet != '#') {
                    check(topic, true);
                }
            }
        }
    }

    @Test
    void givenTextOfManyScripts_whenChecked_thenTaken() throws Exception {
        for (String topic : new String[] {"ü", "haus/küche/temperatur", "房子/厨房/温度", "🏠/🌡", "/", "//", "$SYS/x"}) {
            check(topic.getBytes(StandardCharsets.UTF_8), true);
        }
    }

    private static ReasonCode reason(byte[] good, int at, int octet) {
        byte[] bad = good.clone();
        bad[at] = (byte) octet;
        ProtocolException e = catchThrowableOfType(ProtocolException.class, () -> check(bad, true));
        assertThat(e).as("0x%02X at %d of %d", octet, at, bad.length).isNotNull();
        return e.reason();
    }

    private static void check(byte[] topic, boolean strict) throws ProtocolException {
        // Forbidden neighbours on both sides: they must not be looked at.
        ByteBuf buffer = Unpooled.buffer(topic.length + 16);
        buffer.writeLong(0).writeBytes(topic).writeLong(0);
        TopicBytes.check(buffer, 8, topic.length, strict);
    }
}
