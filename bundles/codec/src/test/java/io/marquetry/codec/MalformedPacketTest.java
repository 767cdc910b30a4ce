// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.ReasonCode;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a broker must not take from a client that is connected. */
class MalformedPacketTest {
    @ParameterizedTest(name = "{0}: {1} {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            # clause        | version    | bytes                                          | reason
            # --- fixed header
            MQTT-2.1.2      | MQTT_5     | 00                                             | MALFORMED_PACKET
            MQTT-2.1.2      | MQTT_3_1_1 | 00                                             | MALFORMED_PACKET
            MQTT-2.1.2      | MQTT_3_1_1 | F0                                             | PROTOCOL_ERROR
            2.1.2           | MQTT_5     | 20                                             | PROTOCOL_ERROR
            2.1.2           | MQTT_5     | 90                                             | PROTOCOL_ERROR
            2.1.2           | MQTT_5     | B0                                             | PROTOCOL_ERROR
            2.1.2           | MQTT_3_1   | D0                                             | PROTOCOL_ERROR
            MQTT-2.1.3-1    | MQTT_5     | 41                                             | MALFORMED_PACKET
            MQTT-2.1.3-1    | MQTT_3_1_1 | 52                                             | MALFORMED_PACKET
            MQTT-3.6.1-1    | MQTT_5     | 60                                             | MALFORMED_PACKET
            MQTT-3.6.1-1    | MQTT_3_1_1 | 6A                                             | MALFORMED_PACKET
            MQTT-2.1.3-1    | MQTT_5     | 78                                             | MALFORMED_PACKET
            MQTT-3.8.1-1    | MQTT_5     | 80                                             | MALFORMED_PACKET
            MQTT-3.8.1-1    | MQTT_3_1_1 | 8A                                             | MALFORMED_PACKET
            MQTT-3.10.1-1   | MQTT_5     | A3                                             | MALFORMED_PACKET
            MQTT-2.1.3-1    | MQTT_5     | C1                                             | MALFORMED_PACKET
            MQTT-3.14.1-1   | MQTT_5     | E4                                             | MALFORMED_PACKET
            MQTT-3.15.1-1   | MQTT_5     | F1                                             | MALFORMED_PACKET
            MQTT-1.5.5      | MQTT_5     | 30 FF FF FF FF                                 | MALFORMED_PACKET
            MQTT-1.5.5      | MQTT_3_1_1 | C0 80 80 80 80 00                              | MALFORMED_PACKET
            MQTT-1.5.5-1    | MQTT_5     | C0 80 00                                       | MALFORMED_PACKET
            MQTT-1.5.5-1    | MQTT_5     | 30 84 80 00 'a' 00                             | MALFORMED_PACKET
            MQTT-3.1.2-24   | MQTT_5     | 30 80 80 40                                    | PACKET_TOO_LARGE
            MQTT-3.1.2-24   | MQTT_3_1_1 | 32 FF FF FF 7F                                 | PACKET_TOO_LARGE
            # --- PUBLISH
            MQTT-3.3.1-4    | MQTT_5     | 36                                             | MALFORMED_PACKET
            MQTT-3.3.1-4    | MQTT_3_1   | 3F                                             | MALFORMED_PACKET
            MQTT-3.3.1-2    | MQTT_5     | 38                                             | MALFORMED_PACKET
            MQTT-3.3.1-2    | MQTT_3_1_1 | 39                                             | MALFORMED_PACKET
            MQTT-3.3.2-1    | MQTT_5     | 30 [ ]                                         | MALFORMED_PACKET
            MQTT-3.3.2-1    | MQTT_3_1_1 | 30 [ 00 ]                                      | MALFORMED_PACKET
            MQTT-3.3.2-1    | MQTT_3_1_1 | 30 [ 0002 61 ]                                 | MALFORMED_PACKET
            MQTT-3.3.2-1    | MQTT_3_1_1 | 30 [ FFFF 61 ]                                 | MALFORMED_PACKET
            3.3.2.2         | MQTT_5     | 32 [ 'a' ]                                     | MALFORMED_PACKET
            3.3.2.2         | MQTT_3_1_1 | 34 [ 'a' 00 ]                                  | MALFORMED_PACKET
            MQTT-2.2.1-3    | MQTT_5     | 32 [ 'a' 0000 { } ]                            | MALFORMED_PACKET
            MQTT-2.3.1-1    | MQTT_3_1_1 | 34 [ 'a' 0000 ]                                | MALFORMED_PACKET
            3.3.2.1         | MQTT_5     | 30 [ '' { } ]                                  | PROTOCOL_ERROR
            MQTT-4.7.3-1    | MQTT_3_1_1 | 30 [ '' 6161 ]                                 | PROTOCOL_ERROR
            3.3.2.3.1       | MQTT_5     | 30 [ 'a' ]                                     | MALFORMED_PACKET
            3.3.2.3.1       | MQTT_5     | 30 [ 'a' 80 ]                                  | MALFORMED_PACKET
            3.3.2.3.1       | MQTT_5     | 30 [ 'a' 01 ]                                  | MALFORMED_PACKET
            MQTT-1.5.5-1    | MQTT_5     | 30 [ 'a' 80 00 ]                               | MALFORMED_PACKET
            MQTT-2.2.2.2    | MQTT_5     | 30 [ 'a' { 11 00000001 } ]                     | MALFORMED_PACKET
            MQTT-2.2.2.2    | MQTT_5     | 30 [ 'a' { 2B } ]                              | MALFORMED_PACKET
            MQTT-2.2.2.2    | MQTT_5     | 30 [ 'a' { FF } ]                              | MALFORMED_PACKET
            3.3.2.3.2       | MQTT_5     | 30 [ 'a' { 01 02 } ]                           | PROTOCOL_ERROR
            3.3.2.3.2       | MQTT_5     | 30 [ 'a' { 01 01 01 01 } ]                     | PROTOCOL_ERROR
            3.3.2.3.3       | MQTT_5     | 30 [ 'a' { 02 00000001 02 00000001 } ]         | PROTOCOL_ERROR
            3.3.2.3.3       | MQTT_5     | 30 [ 'a' { 02 0000 } 0000 ]                    | MALFORMED_PACKET
            3.3.2.3.4       | MQTT_5     | 30 [ 'a' { 23 0001 23 0001 } ]                 | PROTOCOL_ERROR
            MQTT-3.3.2-8    | MQTT_5     | 30 [ 'a' { 23 0000 } ]                         | TOPIC_ALIAS_INVALID
            3.3.2.3.4       | MQTT_5     | 30 [ 'a' { 23 00 } 01 ]                        | MALFORMED_PACKET
            MQTT-3.3.2-13   | MQTT_5     | 30 [ 'a' { 08 0001 FF } ]                      | MALFORMED_PACKET
            MQTT-3.3.2-14   | MQTT_5     | 30 [ 'a' { 08 'b/#' } ]                        | PROTOCOL_ERROR
            MQTT-3.3.2-14   | MQTT_5     | 30 [ 'a' { 08 '+' } ]                          | PROTOCOL_ERROR
            3.3.2.3.5       | MQTT_5     | 30 [ 'a' { 08 'b' 08 'b' } ]                   | PROTOCOL_ERROR
            3.3.2.3.6       | MQTT_5     | 30 [ 'a' { 09 '' 09 '' } ]                     | PROTOCOL_ERROR
            3.3.2.3.6       | MQTT_5     | 30 [ 'a' { 09 0002 00 } ]                      | MALFORMED_PACKET
            3.3.2.3.7       | MQTT_5     | 30 [ 'a' { 26 } ]                              | MALFORMED_PACKET
            3.3.2.3.7       | MQTT_5     | 30 [ 'a' { 26 'n' } ]                          | MALFORMED_PACKET
            3.3.2.3.7       | MQTT_5     | 30 [ 'a' { 26 'n' 0002 76 } ]                  | MALFORMED_PACKET
            MQTT-3.3.4-6    | MQTT_5     | 30 [ 'a' { 0B 01 } ]                           | PROTOCOL_ERROR
            MQTT-3.3.2-19   | MQTT_5     | 30 [ 'a' { 03 0001 C0 } ]                      | MALFORMED_PACKET
            3.3.2.3.9       | MQTT_5     | 30 [ 'a' { 03 't' 03 't' } ]                   | PROTOCOL_ERROR
            # --- PUBACK, PUBREC, PUBREL, PUBCOMP
            3.4.2           | MQTT_5     | 40 [ ]                                         | MALFORMED_PACKET
            3.4.2           | MQTT_3_1_1 | 50 [ 00 ]                                      | MALFORMED_PACKET
            MQTT-2.2.1-3    | MQTT_5     | 40 [ 0000 ]                                    | MALFORMED_PACKET
            MQTT-2.2.1-3    | MQTT_3_1_1 | 62 [ 0000 ]                                    | MALFORMED_PACKET
            3.4.2           | MQTT_3_1_1 | 40 [ 0001 00 ]                                 | MALFORMED_PACKET
            3.7.2           | MQTT_3_1   | 70 [ 0001 00 00 ]                              | MALFORMED_PACKET
            MQTT-3.4.2-1    | MQTT_5     | 40 [ 0001 01 ]                                 | PROTOCOL_ERROR
            MQTT-3.5.2-1    | MQTT_5     | 50 [ 0001 92 ]                                 | PROTOCOL_ERROR
            MQTT-3.6.2-1    | MQTT_5     | 62 [ 0001 10 ]                                 | PROTOCOL_ERROR
            MQTT-3.7.2-1    | MQTT_5     | 70 [ 0001 FF ]                                 | PROTOCOL_ERROR
            3.4.2.2.1       | MQTT_5     | 40 [ 0001 00 01 ]                              | MALFORMED_PACKET
            3.4.2.2.1       | MQTT_5     | 40 [ 0001 00 00 00 ]                           | MALFORMED_PACKET
            3.4.2.2.1       | MQTT_5     | 40 [ 0001 00 80 80 ]                           | MALFORMED_PACKET
            3.4.2.2.2       | MQTT_5     | 50 [ 0001 00 { 1F 'r' 1F 'r' } ]               | PROTOCOL_ERROR
            3.4.2.2.2       | MQTT_5     | 62 [ 0001 00 { 1F 0001 FF } ]                  | MALFORMED_PACKET
            MQTT-2.2.2.2    | MQTT_5     | 70 [ 0001 00 { 23 0001 } ]                     | MALFORMED_PACKET
            # --- SUBSCRIBE
            3.8.2           | MQTT_5     | 82 [ ]                                         | MALFORMED_PACKET
            MQTT-2.2.1-3    | MQTT_5     | 82 [ 0000 { } 'a' 00 ]                         | MALFORMED_PACKET
            MQTT-2.3.1-1    | MQTT_3_1_1 | 82 [ 0000 'a' 00 ]                             | MALFORMED_PACKET
            3.8.2.1.1       | MQTT_5     | 82 [ 0001 ]                                    | MALFORMED_PACKET
            MQTT-3.8.3-2    | MQTT_5     | 82 [ 0001 { } ]                                | PROTOCOL_ERROR
            MQTT-3.8.3-3    | MQTT_3_1_1 | 82 [ 0001 ]                                    | PROTOCOL_ERROR
            MQTT-3.8.3-1    | MQTT_5     | 82 [ 0001 { } 0001 FF 00 ]                     | MALFORMED_PACKET
            MQTT-3.8.3-1    | MQTT_3_1_1 | 82 [ 0001 0001 00 00 ]                         | MALFORMED_PACKET
            3.8.3           | MQTT_5     | 82 [ 0001 { } 'a' ]                            | MALFORMED_PACKET
            3.8.3           | MQTT_3_1   | 82 [ 0001 'a' 00 00 ]                          | MALFORMED_PACKET
            3.8.3.1         | MQTT_5     | 82 [ 0001 { } 'a' 03 ]                         | PROTOCOL_ERROR
            MQTT-3-8.3-4    | MQTT_3_1_1 | 82 [ 0001 'a' 03 ]                             | MALFORMED_PACKET
            MQTT-3-8.3-4    | MQTT_3_1_1 | 82 [ 0001 'a' 04 ]                             | MALFORMED_PACKET
            3.8.3.1         | MQTT_5     | 82 [ 0001 { } 'a' 30 ]                         | PROTOCOL_ERROR
            MQTT-3.8.3-5    | MQTT_5     | 82 [ 0001 { } 'a' 40 ]                         | MALFORMED_PACKET
            MQTT-3.8.3-5    | MQTT_5     | 82 [ 0001 { } 'a' 80 ]                         | MALFORMED_PACKET
            MQTT-3.8.3-4    | MQTT_5     | 82 [ 0001 { } '$share/g/a' 04 ]                | PROTOCOL_ERROR
            3.8.2.1.2       | MQTT_5     | 82 [ 0001 { 0B 00 } 'a' 00 ]                   | PROTOCOL_ERROR
            3.8.2.1.2       | MQTT_5     | 82 [ 0001 { 0B 01 0B 02 } 'a' 00 ]             | PROTOCOL_ERROR
            3.8.2.1.2       | MQTT_5     | 82 [ 0001 { 0B 80808080 } 'a' 00 ]             | MALFORMED_PACKET
            3.8.2.1.2       | MQTT_5     | 82 [ 0001 { 0B 80 } 'a' 00 ]                   | MALFORMED_PACKET
            MQTT-1.5.5-1    | MQTT_5     | 82 [ 0001 { 0B 81 00 } 'a' 00 ]                | MALFORMED_PACKET
            MQTT-2.2.2.2    | MQTT_5     | 82 [ 0001 { 1F 'r' } 'a' 00 ]                  | MALFORMED_PACKET
            # --- UNSUBSCRIBE
            MQTT-2.2.1-3    | MQTT_5     | A2 [ 0000 { } 'a' ]                            | MALFORMED_PACKET
            MQTT-3.10.3-2   | MQTT_5     | A2 [ 0001 { } ]                                | PROTOCOL_ERROR
            MQTT-3.10.3-2   | MQTT_3_1_1 | A2 [ 0001 ]                                    | PROTOCOL_ERROR
            MQTT-3.10.3-1   | MQTT_5     | A2 [ 0001 { } 0003 EDA080 ]                    | MALFORMED_PACKET
            3.10.3          | MQTT_3_1_1 | A2 [ 0001 'a' 00 ]                             | MALFORMED_PACKET
            MQTT-2.2.2.2    | MQTT_5     | A2 [ 0001 { 0B 01 } 'a' ]                      | MALFORMED_PACKET
            # --- PINGREQ, DISCONNECT, AUTH
            3.12.1          | MQTT_5     | C0 [ 00 ]                                      | MALFORMED_PACKET
            3.12.1          | MQTT_3_1_1 | C0 [ 00 ]                                      | MALFORMED_PACKET
            3.14.1          | MQTT_3_1_1 | E0 [ 00 ]                                      | MALFORMED_PACKET
            3.14.1          | MQTT_3_1   | E0 [ 00 ]                                      | MALFORMED_PACKET
            MQTT-3.14.2-1   | MQTT_5     | E0 [ 01 ]                                      | PROTOCOL_ERROR
            MQTT-3.14.2-1   | MQTT_5     | E0 [ 8E ]                                      | PROTOCOL_ERROR
            MQTT-3.14.2-1   | MQTT_5     | E0 [ FF ]                                      | PROTOCOL_ERROR
            3.14.2.2.1      | MQTT_5     | E0 [ 00 01 ]                                   | MALFORMED_PACKET
            3.14.2.2.1      | MQTT_5     | E0 [ 00 00 00 ]                                | MALFORMED_PACKET
            3.14.2.2.2      | MQTT_5     | E0 [ 00 { 11 00000001 11 00000001 } ]          | PROTOCOL_ERROR
            MQTT-2.2.2.2    | MQTT_5     | E0 [ 00 { 21 0001 } ]                          | MALFORMED_PACKET
            MQTT-3.15.2-1   | MQTT_5     | F0 [ ]                                         | PROTOCOL_ERROR
            MQTT-3.15.2-1   | MQTT_5     | F0 [ 00 { 15 'm' } ]                           | PROTOCOL_ERROR
            MQTT-3.15.2-1   | MQTT_5     | F0 [ 01 { 15 'm' } ]                           | PROTOCOL_ERROR
            3.15.2.2.2      | MQTT_5     | F0 [ 18 ]                                      | PROTOCOL_ERROR
            3.15.2.2.2      | MQTT_5     | F0 [ 19 { 16 'd' } ]                           | PROTOCOL_ERROR
            3.15.2.2.2      | MQTT_5     | F0 [ 18 { 15 'm' 15 'm' } ]                    | PROTOCOL_ERROR
            3.15.2.2.3      | MQTT_5     | F0 [ 18 { 15 'm' 16 'd' 16 'd' } ]             | PROTOCOL_ERROR
            3.15.2          | MQTT_5     | F0 [ 18 { 15 'm' } 00 ]                        | MALFORMED_PACKET
            """)
    void givenConnected_whenFaultyPacketArrives_thenRefusedAndTheReaderStaysOnIt(
            String clause, ProtocolVersion version, String wire, ReasonCode reason) {
        Decoding decoding = Decoding.connected(version, true);
        ByteBuf in = Wire.bytes("C0 00 " + wire);

        ProtocolException e = catchThrowableOfType(ProtocolException.class, () -> decoding.all(in));

        assertThat(e).as(clause).isNotNull();
        assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
        assertThat(e.getMessage()).startsWith("expected ");
        assertThat(e.connAckVersion()).isNull();
        assertThat(e.getStackTrace()).isEmpty();
        assertThat(decoding.packets).singleElement().isInstanceOf(Packet.PingReq.class);
        assertThat(in.readerIndex()).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0}: {1} {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            # clause        | version    | bytes from a broker                            | reason
            2.1.2           | MQTT_5     | 10                                             | PROTOCOL_ERROR
            2.1.2           | MQTT_5     | 82                                             | PROTOCOL_ERROR
            2.1.2           | MQTT_3_1_1 | C0                                             | PROTOCOL_ERROR
            2.1.2           | MQTT_3_1_1 | E0                                             | PROTOCOL_ERROR
            MQTT-3.2.2-1    | MQTT_5     | 20 [ 02 00 { } ]                               | MALFORMED_PACKET
            MQTT-3.2.2-6    | MQTT_5     | 20 [ 01 87 { } ]                               | PROTOCOL_ERROR
            MQTT-3.2.2-4    | MQTT_3_1_1 | 20 [ 01 05 ]                                   | PROTOCOL_ERROR
            MQTT-3.2.2-8    | MQTT_5     | 20 [ 00 01 { } ]                               | PROTOCOL_ERROR
            3.2.2.3         | MQTT_3_1_1 | 20 [ 00 06 ]                                   | MALFORMED_PACKET
            3.2.2           | MQTT_3_1_1 | 20 [ 00 ]                                      | MALFORMED_PACKET
            3.2.2           | MQTT_3_1_1 | 20 [ 00 00 00 ]                                | MALFORMED_PACKET
            3.2.2.3.3       | MQTT_5     | 20 [ 00 00 { 21 0000 } ]                       | PROTOCOL_ERROR
            3.2.2.3.4       | MQTT_5     | 20 [ 00 00 { 24 02 } ]                         | PROTOCOL_ERROR
            3.2.2.3.6       | MQTT_5     | 20 [ 00 00 { 27 00000000 } ]                   | PROTOCOL_ERROR
            MQTT-2.2.2.2    | MQTT_5     | 20 [ 00 00 { 17 00 } ]                         | MALFORMED_PACKET
            3.3.2.3.8       | MQTT_5     | 30 [ 'a' { 0B 00 } ]                           | PROTOCOL_ERROR
            MQTT-3.9.3-2    | MQTT_5     | 90 [ 0001 { } 03 ]                             | PROTOCOL_ERROR
            MQTT-3.9.3-2    | MQTT_3_1_1 | 90 [ 0001 03 ]                                 | MALFORMED_PACKET
            3.9.3           | MQTT_3_1_1 | 90 [ 0001 ]                                    | PROTOCOL_ERROR
            3.11.3          | MQTT_5     | B0 [ 0001 { } ]                                | PROTOCOL_ERROR
            MQTT-3.11.3-2   | MQTT_5     | B0 [ 0001 { } 01 ]                             | PROTOCOL_ERROR
            3.11.2          | MQTT_3_1_1 | B0 [ 0001 00 ]                                 | MALFORMED_PACKET
            3.13.1          | MQTT_5     | D0 [ 00 ]                                      | MALFORMED_PACKET
            MQTT-3.14.2-1   | MQTT_5     | E0 [ 04 ]                                      | PROTOCOL_ERROR
            MQTT-3.14.2-2   | MQTT_5     | E0 [ 8B { 11 00000001 } ]                      | PROTOCOL_ERROR
            MQTT-3.15.2-1   | MQTT_5     | F0 [ 19 { 15 'm' } ]                           | PROTOCOL_ERROR
            """)
    void givenClient_whenFaultyPacketOfBrokerArrives_thenRefused(
            String clause, ProtocolVersion version, String wire, ReasonCode reason) {
        Decoding decoding = Decoding.client(version);

        ProtocolException e = catchThrowableOfType(ProtocolException.class, () -> decoding.all(wire));

        assertThat(e).as(clause).isNotNull();
        assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
        assertThat(decoding.packets).isEmpty();
    }
}
