// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What must not be taken as the first packet of a connection, and in which form it can be refused. */
class MalformedConnectTest {
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', nullValues = "-", textBlock = """
            # clause          | bytes                                                    | reason                       | answered as
            # --- not MQTT, refused at the first byte
            MQTT-3.1.0-1      | 47                                                       | PROTOCOL_ERROR               | -
            MQTT-3.1.0-1      | C0                                                       | PROTOCOL_ERROR               | -
            MQTT-3.1.0-1      | 00                                                       | PROTOCOL_ERROR               | -
            MQTT-3.1.0-1      | 82 [ 0001 { } 'a' 00 ]                                   | PROTOCOL_ERROR               | -
            MQTT-3.1.0-1      | 30 [ 'a' ]                                               | PROTOCOL_ERROR               | -
            MQTT-3.1.0-1      | 20 [ 00 00 ]                                             | PROTOCOL_ERROR               | -
            MQTT-2.1.3-1      | 16                                                       | MALFORMED_PACKET             | -
            MQTT-2.1.3-1      | 11 [ 'MQTT' 04 02 003C 'id' ]                            | MALFORMED_PACKET             | -
            # --- the length
            MQTT-1.5.5        | 10 80 80 80 80 01                                        | MALFORMED_PACKET             | -
            MQTT-1.5.5        | 10 FF FF FF FF                                           | MALFORMED_PACKET             | -
            MQTT-1.5.5-1      | 10 8F 00 'MQTT' 05 02 003C 00 'id'                       | MALFORMED_PACKET             | MQTT_5
            MQTT-3.1.2-24     | 10 FF FF FF 7F                                           | PACKET_TOO_LARGE             | -
            MQTT-3.1.2-24     | 10 80 80 40                                              | PACKET_TOO_LARGE             | -
            # --- name and level
            MQTT-3.1.2-1      | 10 [ 'HTTP' 04 02 003C 'id' ]                            | UNSUPPORTED_PROTOCOL_VERSION | -
            MQTT-3.1.2-1      | 10 [ 'mqtt' 04 02 003C 'id' ]                            | UNSUPPORTED_PROTOCOL_VERSION | -
            MQTT-3.1.2-1      | 10 [ 'NATS' 05 02 003C { } 'id' ]                        | UNSUPPORTED_PROTOCOL_VERSION | MQTT_5
            MQTT-3.1.2-2      | 10 [ 'MQTT' 06 02 003C { } 'id' ]                        | UNSUPPORTED_PROTOCOL_VERSION | MQTT_5
            MQTT-3.1.2-2      | 10 [ 'MQTT' FF 02 003C { } 'id' ]                        | UNSUPPORTED_PROTOCOL_VERSION | MQTT_5
            MQTT-3.1.2-2      | 10 [ 'MQTT' 85 02 003C { } 'id' ]                        | UNSUPPORTED_PROTOCOL_VERSION | MQTT_5
            MQTT-3.1.2-2      | 10 [ 'MQTT' 03 02 003C 'id' ]                            | UNSUPPORTED_PROTOCOL_VERSION | MQTT_3_1_1
            MQTT-3.1.2-2      | 10 [ 'MQTT' 00 02 003C 'id' ]                            | UNSUPPORTED_PROTOCOL_VERSION | MQTT_3_1_1
            MQTT-3.1.2-2      | 10 [ 'MQIsdp' 04 02 003C 'id' ]                          | UNSUPPORTED_PROTOCOL_VERSION | MQTT_3_1_1
            MQTT-3.1.2-2      | 10 [ 'MQTT' 83 02 003C 'id' ]                            | UNSUPPORTED_PROTOCOL_VERSION | MQTT_3_1_1
            # --- too short
            3.1.2.1           | 10 [ ]                                                   | MALFORMED_PACKET             | -
            3.1.2.1           | 10 [ 00 ]                                                | MALFORMED_PACKET             | -
            3.1.2.1           | 10 [ 0004 4D51 ]                                         | MALFORMED_PACKET             | -
            3.1.2.2           | 10 [ 'MQTT' ]                                            | MALFORMED_PACKET             | -
            3.1.2.3           | 10 [ 'MQTT' 04 ]                                         | MALFORMED_PACKET             | -
            3.1.2.10          | 10 [ 'MQTT' 05 02 00 ]                                   | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.1        | 10 [ 'MQTT' 05 02 003C ]                                 | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.1        | 10 [ 'MQTT' 05 02 003C 80 ]                              | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.1        | 10 [ 'MQTT' 05 02 003C 05 21 000A ]                      | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.1        | 10 [ 'MQTT' 05 02 003C FF FF FF FF 7F ]                  | MALFORMED_PACKET             | MQTT_5
            MQTT-1.5.5-1      | 10 [ 'MQTT' 05 02 003C 80 00 'id' ]                      | MALFORMED_PACKET             | MQTT_5
            MQTT-3.1.3-3      | 10 [ 'MQTT' 04 02 003C ]                                 | MALFORMED_PACKET             | -
            MQTT-3.1.3-3      | 10 [ 'MQTT' 04 02 003C 0005 6964 ]                       | MALFORMED_PACKET             | -
            MQTT-3.1.2-9      | 10 [ 'MQTT' 04 06 003C 'id' 'w' ]                        | MALFORMED_PACKET             | -
            MQTT-3.1.2-17     | 10 [ 'MQTT' 04 82 003C 'id' ]                            | MALFORMED_PACKET             | -
            MQTT-3.1.2-19     | 10 [ 'MQTT' 04 C2 003C 'id' 'u' ]                        | MALFORMED_PACKET             | -
            # --- too long
            MQTT-3.1.2-16     | 10 [ 'MQTT' 04 02 003C 'id' 'u' ]                        | MALFORMED_PACKET             | -
            MQTT-3.1.2-18     | 10 [ 'MQTT' 04 82 003C 'id' 'u' 'p' ]                    | MALFORMED_PACKET             | -
            3.1.3             | 10 [ 'MQTT' 05 02 003C { } 'id' 00 ]                     | MALFORMED_PACKET             | MQTT_5
            3.1.3             | 10 [ 'MQIsdp' 03 02 003C 'id' 00 ]                       | MALFORMED_PACKET             | -
            # --- the flags
            MQTT-3.1.2-3      | 10 [ 'MQTT' 04 03 003C 'id' ]                            | MALFORMED_PACKET             | -
            MQTT-3.1.2-3      | 10 [ 'MQTT' 05 03 003C { } 'id' ]                        | MALFORMED_PACKET             | MQTT_5
            MQTT-3.1.2-11     | 10 [ 'MQTT' 05 0A 003C { } 'id' ]                        | MALFORMED_PACKET             | MQTT_5
            MQTT-3.1.2-12     | 10 [ 'MQTT' 05 1E 003C { } 'id' { } 'w' 'x' ]            | MALFORMED_PACKET             | MQTT_5
            MQTT-3.1.2-14     | 10 [ 'MQTT' 04 1E 003C 'id' 'w' 'x' ]                    | MALFORMED_PACKET             | -
            MQTT-3.1.2-13     | 10 [ 'MQTT' 05 22 003C { } 'id' ]                        | MALFORMED_PACKET             | MQTT_5
            MQTT-3.1.2-15     | 10 [ 'MQTT' 04 22 003C 'id' ]                            | MALFORMED_PACKET             | -
            MQTT-3.1.2-22     | 10 [ 'MQTT' 04 42 003C 'id' 'p' ]                        | MALFORMED_PACKET             | -
            MQTT-3.1.2-22     | 10 [ 'MQIsdp' 03 42 003C 'id' 'p' ]                      | MALFORMED_PACKET             | -
            # --- text
            MQTT-3.1.3-4      | 10 [ 'MQTT' 04 02 003C 0002 C0AF ]                       | MALFORMED_PACKET             | -
            MQTT-1.5.4-1      | 10 [ 'MQTT' 05 02 003C { } 0003 EDA080 ]                 | MALFORMED_PACKET             | MQTT_5
            MQTT-1.5.4-2      | 10 [ 'MQTT' 05 02 003C { } 0003 610062 ]                 | MALFORMED_PACKET             | MQTT_5
            MQTT-3.1.3-11     | 10 [ 'MQTT' 05 06 003C { } 'id' { } 0001 80 'x' ]        | MALFORMED_PACKET             | MQTT_5
            MQTT-3.1.3-12     | 10 [ 'MQTT' 05 82 003C { } 'id' 0002 C328 ]              | MALFORMED_PACKET             | MQTT_5
            MQTT-4.7.3-1      | 10 [ 'MQTT' 04 06 003C 'id' '' 'x' ]                     | MALFORMED_PACKET             | -
            MQTT-3.3.2-2      | 10 [ 'MQTT' 05 06 003C { } 'id' { } 'w/#' 'x' ]          | TOPIC_NAME_INVALID           | MQTT_5
            # --- properties
            MQTT-2.2.2.2      | 10 [ 'MQTT' 05 02 003C { 7F 00 } 'id' ]                  | MALFORMED_PACKET             | MQTT_5
            MQTT-2.2.2.2      | 10 [ 'MQTT' 05 02 003C { 00 00 } 'id' ]                  | MALFORMED_PACKET             | MQTT_5
            MQTT-2.2.2.2      | 10 [ 'MQTT' 05 02 003C { 23 0001 } 'id' ]                | MALFORMED_PACKET             | MQTT_5
            MQTT-2.2.2.2      | 10 [ 'MQTT' 05 06 003C { } 'id' { 21 0001 } 'w' 'x' ]    | MALFORMED_PACKET             | MQTT_5
            MQTT-2.2.2.2      | 10 [ 'MQTT' 05 02 003C { A1 00 0001 } 'id' ]             | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.2        | 10 [ 'MQTT' 05 02 003C { 11 00000001 11 00000001 } 'id'] | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.2        | 10 [ 'MQTT' 05 02 003C { 11 000001 } 'id' ]              | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.3        | 10 [ 'MQTT' 05 02 003C { 21 0000 } 'id' ]                | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.3        | 10 [ 'MQTT' 05 02 003C { 21 0001 21 0001 } 'id' ]        | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.4        | 10 [ 'MQTT' 05 02 003C { 27 00000000 } 'id' ]            | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.5        | 10 [ 'MQTT' 05 02 003C { 22 0001 22 0001 } 'id' ]        | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.6        | 10 [ 'MQTT' 05 02 003C { 19 02 } 'id' ]                  | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.7        | 10 [ 'MQTT' 05 02 003C { 17 02 } 'id' ]                  | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.7        | 10 [ 'MQTT' 05 02 003C { 17 } 'id' ]                     | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.8        | 10 [ 'MQTT' 05 02 003C { 26 'a' } 'id' ]                 | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.8        | 10 [ 'MQTT' 05 02 003C { 26 'a' 0001 FF } 'id' ]         | MALFORMED_PACKET             | MQTT_5
            3.1.2.11.9        | 10 [ 'MQTT' 05 02 003C { 15 'a' 15 'a' } 'id' ]          | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.10       | 10 [ 'MQTT' 05 02 003C { 16 'a' } 'id' ]                 | PROTOCOL_ERROR               | MQTT_5
            3.1.2.11.10       | 10 [ 'MQTT' 05 02 003C { 15 'a' 16 0009 00 } 'id' ]      | MALFORMED_PACKET             | MQTT_5
            3.1.3.2.2         | 10 [ 'MQTT' 05 06 003C { } 'id' { 18 00000001 18 00000001 } 'w' 'x' ] | PROTOCOL_ERROR  | MQTT_5
            3.1.3.2.3         | 10 [ 'MQTT' 05 06 003C { } 'id' { 01 02 } 'w' 'x' ]      | PROTOCOL_ERROR               | MQTT_5
            3.1.3.2.6         | 10 [ 'MQTT' 05 06 003C { } 'id' { 08 'a/+' } 'w' 'x' ]   | PROTOCOL_ERROR               | MQTT_5
            """)
    void givenNoConnect_whenFaultyPacketArrives_thenRefused(
            String clause, String wire, ReasonCode reason, ProtocolVersion answeredAs) {
        Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));

        ProtocolException e = catchThrowableOfType(ProtocolException.class, () -> decoding.all(wire));

        assertThat(e).as(clause).isNotNull();
        assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
        assertThat(e.connAckVersion()).isEqualTo(answeredAs);
        assertThat(e.getMessage()).startsWith("expected ");
        assertThat(decoding.packets).isEmpty();
        assertThat(decoding.decoder.version()).isNull();
    }

    @ParameterizedTest // [MQTT-3.1.0-2]
    @CsvSource({"04 02 003C 'id'", "05 02 003C { } 'id'", "05 02 003C { 21 0000 } 'id'", "09 02 003C { } 'id'"})
    void givenConnected_whenFaultySecondConnectArrives_thenItIsAProtocolErrorWithoutConnAck(String rest) {
        Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_5, true);

        ProtocolException e =
                catchThrowableOfType(ProtocolException.class, () -> decoding.all("10 [ 'MQTT' " + rest + " FF ]"));

        assertThat(e.reason()).isEqualTo(ReasonCode.PROTOCOL_ERROR);
        assertThat(e.connAckVersion()).isNull();
    }

    @Test // [MQTT-3.1.0-2]
    void givenConnected_whenGoodSecondConnectArrives_thenPassedOnAndTheVersionStays() throws Exception {
        Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_5, true);

        decoding.all(Decoding.connectOf(ProtocolVersion.MQTT_3_1_1));

        assertThat(decoding.packets).singleElement().isInstanceOf(Packet.Connect.class);
        assertThat(decoding.decoder.version()).isEqualTo(ProtocolVersion.MQTT_5);
    }

    @Test
    void givenNameThatLooksLikeALineOfALog_whenRefused_thenTheMessageIsOneShortPrintableLine() {
        Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));

        ProtocolException e = catchThrowableOfType(
                ProtocolException.class,
                () -> decoding.all("10 [ 'MQTT\n2026-01-01 ERROR all is lost' 04 02 003C 'id' ]"));

        assertThat(e).hasMessage("expected protocol MQIsdp 3, MQTT 4 or MQTT 5, got MQTT?2026-01-01 ... 4");
    }
}
