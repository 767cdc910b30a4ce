// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Table 2-4 of the specification, row by row. */
class PropertyPlaceTest {
    private static final String EVERYWHERE =
            "CONNECT CONNACK PUBLISH WILL PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK DISCONNECT"
                    + " AUTH";

    @ParameterizedTest
    @CsvSource({
        "01, BYTE, PUBLISH WILL",
        "02, FOUR_BYTES, PUBLISH WILL",
        "03, STRING, PUBLISH WILL",
        "08, STRING, PUBLISH WILL",
        "09, BINARY, PUBLISH WILL",
        "0B, VARIABLE, PUBLISH SUBSCRIBE",
        "11, FOUR_BYTES, CONNECT CONNACK DISCONNECT",
        "12, STRING, CONNACK",
        "13, TWO_BYTES, CONNACK",
        "15, STRING, CONNECT CONNACK AUTH",
        "16, BINARY, CONNECT CONNACK AUTH",
        "17, BYTE, CONNECT",
        "18, FOUR_BYTES, WILL",
        "19, BYTE, CONNECT",
        "1A, STRING, CONNACK",
        "1C, STRING, CONNACK DISCONNECT",
        "1F, STRING, CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH",
        "21, TWO_BYTES, CONNECT CONNACK",
        "22, TWO_BYTES, CONNECT CONNACK",
        "23, TWO_BYTES, PUBLISH",
        "24, BYTE, CONNACK",
        "25, BYTE, CONNACK",
        "26, STRING_PAIR, " + EVERYWHERE,
        "27, FOUR_BYTES, CONNECT CONNACK",
        "28, BYTE, CONNACK",
        "29, BYTE, CONNACK",
        "2A, BYTE, CONNACK"
    })
    void givenRowOfTable24_whenAsked_thenTypeAndPlacesAgree(String id, Property.Type type, String packets) {
        Property property = Property.of(Integer.parseInt(id, 16));

        assertThat(property).isNotNull();
        assertThat(property.type()).isEqualTo(type);
        Set<String> allowed = new TreeSet<>();
        for (String packet : EVERYWHERE.split(" ", -1)) {
            if (place(packet).allows(property)) {
                allowed.add(packet);
            }
        }
        assertThat(allowed).containsExactlyInAnyOrder(packets.split(" ", -1));
    }

    @Test
    void givenEveryIdentifier_whenAsked_thenTheTableHas27Rows() {
        int known = 0;
        for (int id = 0; id < 256; id++) {
            known += Property.of(id) == null ? 0 : 1;
        }

        assertThat(known).isEqualTo(27).isEqualTo(Property.values().length);
    }

    @Test
    void givenEveryProperty_whenAskedWhetherItRepeats_thenOnlyTwoDo() {
        for (PropertyPlace place : PropertyPlace.values()) {
            Set<Property> repeating = EnumSet.noneOf(Property.class);
            for (Property property : Property.values()) {
                if (place.repeats(property)) {
                    repeating.add(property);
                }
            }
            assertThat(repeating)
                    .isEqualTo(
                            place == PropertyPlace.PUBLISH
                                    ? EnumSet.of(Property.USER_PROPERTY, Property.SUBSCRIPTION_IDENTIFIER)
                                    : EnumSet.of(Property.USER_PROPERTY));
        }
    }

    private static PropertyPlace place(String packet) {
        return switch (packet) {
            case "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBACK", "UNSUBACK" -> PropertyPlace.ACK;
            default -> PropertyPlace.valueOf(packet);
        };
    }
}
