// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.mqtt.ReasonCode;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Table 2-6 of the specification, with the senders of tables 3-13 and 3-15: to the broker {@code >}, from it {@code <}.
 */
class ReasonRulesTest {
    private static final Set<PacketType> WITH_REASON = EnumSet.of(
            PacketType.CONNACK,
            PacketType.PUBACK,
            PacketType.PUBREC,
            PacketType.PUBREL,
            PacketType.PUBCOMP,
            PacketType.SUBACK,
            PacketType.UNSUBACK,
            PacketType.DISCONNECT,
            PacketType.AUTH);

    @ParameterizedTest
    @CsvSource({
        "00, CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK >DISCONNECT <DISCONNECT <AUTH",
        "01, SUBACK",
        "02, SUBACK",
        "04, >DISCONNECT",
        "10, PUBACK PUBREC",
        "11, UNSUBACK",
        "18, >AUTH <AUTH",
        "19, >AUTH",
        "80, CONNACK PUBACK PUBREC SUBACK UNSUBACK >DISCONNECT <DISCONNECT",
        "81, CONNACK >DISCONNECT <DISCONNECT",
        "82, CONNACK >DISCONNECT <DISCONNECT",
        "83, CONNACK PUBACK PUBREC SUBACK UNSUBACK >DISCONNECT <DISCONNECT",
        "84, CONNACK",
        "85, CONNACK",
        "86, CONNACK",
        "87, CONNACK PUBACK PUBREC SUBACK UNSUBACK <DISCONNECT",
        "88, CONNACK",
        "89, CONNACK <DISCONNECT",
        "8A, CONNACK",
        "8B, <DISCONNECT",
        "8C, CONNACK <DISCONNECT",
        "8D, <DISCONNECT",
        "8E, <DISCONNECT",
        "8F, SUBACK UNSUBACK <DISCONNECT",
        "90, CONNACK PUBACK PUBREC >DISCONNECT <DISCONNECT",
        "91, PUBACK PUBREC SUBACK UNSUBACK",
        "92, PUBREL PUBCOMP",
        "93, >DISCONNECT <DISCONNECT",
        "94, >DISCONNECT <DISCONNECT",
        "95, CONNACK >DISCONNECT <DISCONNECT",
        "96, >DISCONNECT <DISCONNECT",
        "97, CONNACK PUBACK PUBREC SUBACK >DISCONNECT <DISCONNECT",
        "98, >DISCONNECT <DISCONNECT",
        "99, CONNACK PUBACK PUBREC >DISCONNECT <DISCONNECT",
        "9A, CONNACK <DISCONNECT",
        "9B, CONNACK <DISCONNECT",
        "9C, CONNACK <DISCONNECT",
        "9D, CONNACK <DISCONNECT",
        "9E, SUBACK <DISCONNECT",
        "9F, CONNACK <DISCONNECT",
        "A0, <DISCONNECT",
        "A1, SUBACK <DISCONNECT",
        "A2, SUBACK <DISCONNECT"
    })
    void givenRowOfTable26_whenAsked_thenThePacketsAgree(String value, String packets) {
        ReasonCode reason = ReasonCode.of(Integer.parseInt(value, 16));

        assertThat(reason).isNotNull();
        Set<String> allowed = new TreeSet<>();
        for (PacketType type : WITH_REASON) {
            boolean bySender = type == PacketType.DISCONNECT || type == PacketType.AUTH;
            if (ReasonRules.allowed(type, true).contains(reason)) {
                allowed.add((bySender ? ">" : "") + type);
            }
            if (ReasonRules.allowed(type, false).contains(reason)) {
                allowed.add((bySender ? "<" : "") + type);
            }
        }
        assertThat(allowed).containsExactlyInAnyOrder(packets.split(" ", -1));
    }

    @Test
    void givenEveryReasonCode_whenCounted_thenTheTableHasARowForEach() {
        int known = 0;
        for (int value = 0; value < 256; value++) {
            known += ReasonCode.of(value) == null ? 0 : 1;
        }

        assertThat(known).isEqualTo(43).isEqualTo(ReasonCode.values().length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x03, 0x7F, 0xA3, 0xFF})
    void givenNumberThatTheTableDoesNotHave_whenRead_thenProtocolError(int value) {
        for (PacketType type : WITH_REASON) {
            assertThatThrownBy(() -> ReasonRules.read(value, type, true))
                    .isInstanceOfSatisfying(
                            ProtocolException.class, e -> assertThat(e.reason()).isEqualTo(ReasonCode.PROTOCOL_ERROR));
        }
    }
}
