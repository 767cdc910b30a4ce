// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.mqtt.ProtocolVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a listener that is not strict takes, and that a strict one does not; and what the old versions allow anyway. */
class LenientDecoderTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "11 [ 'MQTT' 04 02 003C 'id' ]",
                "10 [ 'MQTT' 04 03 003C 'id' ]",
                "10 [ 'MQTT' 05 0A 003C { } 'id' ]",
                "10 [ 'MQTT' 05 22 003C { } 'id' ]",
                "10 [ 'MQTT' 04 42 003C 'id' 'p' ]",
                "10 [ 'MQTT' 04 02 003C 0002 C0AF ]",
                "10 8F 00 'MQTT' 05 02 003C 00 'id'",
                "10 [ 'MQTT' 05 02 003C 80 00 'id' ]"
            })
    void givenLenientListener_whenConnectBreaksARelaxedRule_thenTaken(String wire) throws Exception {
        Decoding lenient = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, false));
        Decoding strict = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));

        lenient.all(wire);

        assertThat(lenient.packets).singleElement().isInstanceOf(Packet.Connect.class);
        assertThatThrownBy(() -> strict.all(wire)).isInstanceOf(ProtocolException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            MQTT_5     | 38 [ 'a' { } ]
            MQTT_5     | 32 [ 'a' 0000 { } ]
            MQTT_5     | 30 [ 'a' { 03 0001 C0 } ]
            MQTT_5     | 30 [ 'a' 80 00 ]
            MQTT_3_1_1 | 60 [ 0001 ]
            MQTT_3_1_1 | 40 [ 0000 ]
            MQTT_3_1_1 | 80 [ 0001 'a' 00 ]
            MQTT_3_1_1 | 82 [ 0001 'a' 04 ]
            MQTT_5     | 82 [ 0001 { } 'a' 40 ]
            MQTT_5     | 82 [ 0000 { } 0001 FF 00 ]
            MQTT_5     | C1 [ ]
            MQTT_5     | C0 80 00
            """)
    void givenLenientListener_whenPacketBreaksARelaxedRule_thenTaken(ProtocolVersion version, String wire)
            throws Exception {
        Decoding lenient = Decoding.connected(version, false);
        Decoding strict = Decoding.connected(version, true);

        lenient.all(wire);

        assertThat(lenient.packets).hasSize(1);
        assertThatThrownBy(() -> strict.all(wire)).isInstanceOf(ProtocolException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            MQTT_5     | 36 [ 'a' 0001 { } ]
            MQTT_5     | 30 [ 'a' 05 ]
            MQTT_5     | 30 [ 'a' { 23 0000 } ]
            MQTT_5     | 30 [ 'a' { 0B 01 } ]
            MQTT_5     | 40 [ 0001 99 00 00 ]
            MQTT_3_1_1 | 82 [ 0001 'a' 03 ]
            MQTT_5     | 82 [ 0001 { } ]
            MQTT_5     | E0 [ 8E ]
            """)
    void givenLenientListener_whenPacketHasNoMeaning_thenRefusedAllTheSame(ProtocolVersion version, String wire) {
        Decoding lenient = Decoding.connected(version, false);

        assertThatThrownBy(() -> lenient.all(wire)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void givenLenientListener_whenTopicHasAWildcardOrNull_thenRefusedAllTheSame() throws Exception {
        Decoding lenient = Decoding.connected(ProtocolVersion.MQTT_3_1_1, false);

        lenient.all("30 [ 'a/#' ]");
        assertThatThrownBy(() -> lenient.view.checkTopic(false)).isInstanceOf(ProtocolException.class);
        lenient.all("30 [ 0003 610062 ]");
        assertThatThrownBy(() -> lenient.view.checkTopic(false)).isInstanceOf(ProtocolException.class);
        lenient.all("30 [ 0003 61FF62 ]");
        lenient.view.checkTopic(false);
        assertThatThrownBy(() -> lenient.view.checkTopic(true)).isInstanceOf(ProtocolException.class);
    }

    /** MQTT 3.1 calls the flags of most packets "not used" and lets a client repeat a request with DUP. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "8A [ 0001 'a' 00 ]",
                "AA [ 0001 'a' ]",
                "6A [ 0001 ]",
                "60 [ 0001 ]",
                "42 [ 0001 ]",
                "38 [ 'a' ]",
                "C8 [ ]"
            })
    void givenStrictListenerAndMqtt31_whenUnusedFlagsAreSet_thenTaken(String wire) throws Exception {
        Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_3_1, true);

        decoding.all(wire);

        assertThat(decoding.packets).hasSize(1);
    }

    /** MQTT 3.1: the remaining length has precedence over the user name and password flags. */
    @Test
    void givenMqtt31_whenUserNameAndPasswordAreMissing_thenTakenWithoutThem() throws Exception {
        Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));

        decoding.all("10 [ 'MQIsdp' 03 C2 003C 'id' ]");

        Packet.Connect connect = (Packet.Connect) decoding.packets.get(0);
        assertThat(connect.username()).isNull();
        assertThat(connect.password()).isNull();
        assertThat(connect.version()).isEqualTo(ProtocolVersion.MQTT_3_1);
    }

    @ParameterizedTest
    @CsvSource({"MQIsdp, 83, MQTT_3_1", "MQTT, 84, MQTT_3_1_1"})
    void givenBridgeBit_whenConnectIsDecoded_thenItIsABridge(String name, String level, ProtocolVersion version)
            throws Exception {
        Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));

        decoding.all("10 [ '" + name + "' " + level + " 02 003C 'id' ]");

        Packet.Connect connect = (Packet.Connect) decoding.packets.get(0);
        assertThat(connect.bridge()).isTrue();
        assertThat(connect.version()).isEqualTo(version);
        assertThat(decoding.decoder.version()).isEqualTo(version);
    }

    @Test // section 3.1.2.9: the password flag stands alone in MQTT 5
    void givenMqtt5_whenPasswordComesWithoutUserName_thenTaken() throws Exception {
        Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));

        decoding.all("10 [ 'MQTT' 05 42 003C { } 'id' 'p' ]");

        assertThat(((Packet.Connect) decoding.packets.get(0)).password()).containsExactly('p');
    }
}
