// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** [MQTT-1.5.5]: table 1-1, and every value that is near a border. */
class VarintTest {
    @ParameterizedTest
    @CsvSource({
        "0, 00",
        "127, 7f",
        "128, 8001",
        "16383, ff7f",
        "16384, 808001",
        "2097151, ffff7f",
        "2097152, 80808001",
        "268435455, ffffff7f"
    })
    void givenBorderOfTheTable_whenWritten_thenAsInTheTable(int value, String hex) throws Exception {
        ByteBuf out = Unpooled.buffer();

        PacketEncoder.writeVarint(out, value);

        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(hex);
        assertThat(PacketEncoder.varintLength(value)).isEqualTo(hex.length() / 2);
        int packed = Varint.read(out, 0, out.writerIndex(), true);
        assertThat(Varint.value(packed)).isEqualTo(value);
        assertThat(Varint.bytes(packed)).isEqualTo(hex.length() / 2);
    }

    @Test
    void givenManyValues_whenWrittenAndRead_thenTheSame() throws Exception {
        ByteBuf out = Unpooled.buffer();
        for (int value = 0; value <= Varint.MAX; value += value < 40_000 ? 1 : 7_919) {
            out.clear();
            Varint.write(out, value);
            int packed = Varint.read(out, 0, out.writerIndex(), true);
            if (Varint.value(packed) != value || Varint.bytes(packed) != out.writerIndex()) {
                assertThat(Varint.value(packed)).isEqualTo(value);
                assertThat(Varint.bytes(packed)).isEqualTo(out.writerIndex());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 268_435_456, Integer.MAX_VALUE})
    void givenNumberOutOfRange_whenWritten_thenRefused(int value) {
        assertThatThrownBy(() -> PacketEncoder.writeVarint(Unpooled.buffer(), value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(String.valueOf(value));
    }
}
