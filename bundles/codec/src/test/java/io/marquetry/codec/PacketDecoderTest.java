// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.UserProperty;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Good packets, written down by hand, and the limits that are kept before a packet is complete. */
class PacketDecoderTest {
    @Test // figures 3-4 and 3-6 of the specification
    void givenConnectWithEverything_whenDecoded_thenEveryFieldIsThere() throws Exception {
        Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));

        decoding.all(
                "10 [ 'MQTT' 05 F6 000A { 11 0000000A 21 0014 27 00001000 22 0005 19 01 17 00 26 'n' 'v' 15 'm' 16 'd' }"
                        + " 'id' { 18 00000007 01 01 02 FFFFFFFF 03 't' 08 'r' 09 'c' 26 'a' 'b' } 'w' 'x' 'user' 'pass' ]");

        Packet.Connect connect = (Packet.Connect) decoding.packets.get(0);
        assertThat(connect.version()).isEqualTo(ProtocolVersion.MQTT_5);
        assertThat(connect.bridge()).isFalse();
        assertThat(connect.cleanStart()).isTrue();
        assertThat(connect.keepAliveSeconds()).isEqualTo(10);
        assertThat(connect.clientId()).isEqualTo("id");
        assertThat(connect.username()).isEqualTo("user");
        assertThat(connect.password()).isEqualTo("pass".getBytes(UTF_8));
        assertThat(Canonical.of(connect.properties()))
                .isEqualTo(Canonical.of(Properties.builder()
                        .with(Property.SESSION_EXPIRY_INTERVAL, 10)
                        .with(Property.RECEIVE_MAXIMUM, 20)
                        .with(Property.MAXIMUM_PACKET_SIZE, 4096)
                        .with(Property.TOPIC_ALIAS_MAXIMUM, 5)
                        .with(Property.REQUEST_RESPONSE_INFORMATION, 1)
                        .with(Property.REQUEST_PROBLEM_INFORMATION, 0)
                        .with(Property.AUTHENTICATION_METHOD, "m")
                        .with(Property.AUTHENTICATION_DATA, new byte[] {'d'})
                        .with(new UserProperty("n", "v"))
                        .build()));
        Packet.Will will = connect.will();
        assertThat(will).isNotNull();
        assertThat(will.topic()).isEqualTo("w");
        assertThat(will.payload()).containsExactly('x');
        assertThat(will.qos()).isEqualTo(QoS.EXACTLY_ONCE);
        assertThat(will.retain()).isTrue();
        assertThat(Canonical.of(will.properties()))
                .isEqualTo(Canonical.of(Properties.builder()
                        .with(Property.WILL_DELAY_INTERVAL, 7)
                        .with(Property.PAYLOAD_FORMAT_INDICATOR, 1)
                        .with(Property.MESSAGE_EXPIRY_INTERVAL, 0xFFFF_FFFFL)
                        .with(Property.CONTENT_TYPE, "t")
                        .with(Property.RESPONSE_TOPIC, "r")
                        .with(Property.CORRELATION_DATA, new byte[] {'c'})
                        .with(new UserProperty("a", "b"))
                        .build()));
        assertThat(connect.toString()).doesNotContain("pass", "user", "Will");
    }

    @Test // [MQTT-3.8.3-1], figure 3-20
    void givenSubscribeWithOptions_whenDecoded_thenEachFilterHasItsOwn() throws Exception {
        Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_5, true);

        decoding.all("82 [ 000A { 0B FFFFFF7F 26 'n' 'v' } 'a/b' 01 'c/#' 2E '$share/g/+' 18 ]");

        Packet.Subscribe subscribe = (Packet.Subscribe) decoding.packets.get(0);
        assertThat(subscribe.packetId()).isEqualTo(10);
        assertThat(subscribe.subscriptions())
                .containsExactly(
                        new Packet.Subscribe.Request("a/b", QoS.AT_LEAST_ONCE, false, false, 0),
                        new Packet.Subscribe.Request("c/#", QoS.EXACTLY_ONCE, true, true, 2),
                        new Packet.Subscribe.Request("$share/g/+", QoS.AT_MOST_ONCE, false, true, 1));
        assertThat(subscribe.properties().subscriptionIdentifiers()).containsExactly(268_435_455);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            MQTT_5     | 40 [ 0001 ]                     | Ack[type=PUBACK, packetId=1, reason=SUCCESS,
            MQTT_5     | 50 [ FFFF 10 ]                  | Ack[type=PUBREC, packetId=65535, reason=NO_MATCHING_SUBSCRIBERS,
            MQTT_5     | 62 [ 0001 92 { } ]              | Ack[type=PUBREL, packetId=1, reason=PACKET_IDENTIFIER_NOT_FOUND,
            MQTT_5     | 70 [ 0001 00 { 1F 'r' 26 '' '' } ] | Ack[type=PUBCOMP, packetId=1, reason=SUCCESS,
            MQTT_3_1_1 | 62 [ 0102 ]                     | Ack[type=PUBREL, packetId=258, reason=SUCCESS,
            MQTT_5     | C0 00                           | PingReq[]
            MQTT_3_1   | E0 00                           | Disconnect[reason=SUCCESS,
            MQTT_5     | E0 00                           | Disconnect[reason=SUCCESS,
            MQTT_5     | E0 [ 04 ]                       | Disconnect[reason=DISCONNECT_WITH_WILL_MESSAGE,
            MQTT_5     | E0 [ 00 { 11 00000005 } ]       | Disconnect[reason=SUCCESS, properties=Properties{SESSION_EXPIRY_INTERVAL=5}
            MQTT_5     | F0 [ 19 { 15 'm' } ]            | Auth[reason=REAUTHENTICATE, properties=Properties{AUTHENTICATION_METHOD=m}
            MQTT_5     | A2 [ 0001 { } 'a' 'b' ]         | Unsubscribe[packetId=1, filters=[a, b],
            MQTT_3_1_1 | A2 [ 0001 'a' '' ]              | Unsubscribe[packetId=1, filters=[a, ],
            MQTT_3_1_1 | C0 80 80 80 00                  | PingReq[]
            """)
    void givenGoodPacket_whenDecoded_thenAsWritten(ProtocolVersion version, String wire, String text) throws Exception {
        Decoding decoding = Decoding.connected(version, true);

        decoding.all(wire);

        assertThat(decoding.packets).singleElement().asString().startsWith(text);
    }

    @Test
    void givenSecondPacketIsFaulty_whenDecoded_thenTheFirstHasBeenHandedOn() {
        Decoding decoding = Decoding.connected(ProtocolVersion.MQTT_3_1_1, true);

        assertThatThrownBy(() -> decoding.all("40 [ 0001 ] 00")).isInstanceOf(ProtocolException.class);

        assertThat(decoding.packets).hasSize(1);
    }

    @Test // [MQTT-3.1.2-24]: the limit counts the whole packet, and its header is enough to refuse it
    void givenLimit_whenPacketIsOneByteLarger_thenRefusedBeforeItsBodyArrives() throws Exception {
        int limit = 200;
        Decoding exact = new Decoding(PacketDecoder.forClient(ProtocolVersion.MQTT_3_1_1, limit));
        ByteBuf fits = Wire.bytes("30 C501 'a'").writeZero(limit - 6);
        ByteBuf tooLarge = Wire.bytes("30 C601");

        assertThat(exact.all(fits)).hasSize(1);
        ProtocolException e = catchThrowableOfType(ProtocolException.class, () -> exact.all(tooLarge));

        assertThat(e.reason()).isEqualTo(ReasonCode.PACKET_TOO_LARGE);
        assertThat(e).hasMessage("expected a packet of at most 200 bytes, got one of 201");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "10, -1",
                "10 80, -1",
                "10 80 80 80, -1",
                "10 80 80 80 80, -1",
                "10 00, 2",
                "10 7F, 129",
                "30 80 01, 131",
                "30 FFFFFF7F, 268435460",
                "C000 3005, 2"
            })
    void givenStartOfAPacket_whenAskedHowManyBytes_thenTheHeaderTells(String wire, int wanted) {
        PacketDecoder decoder = new PacketDecoder(Decoding.MAX_PACKET_BYTES, true);

        assertThat(decoder.bytesWanted(Wire.bytes(wire))).isEqualTo(wanted);
        assertThat(decoder.bytesWanted(Unpooled.EMPTY_BUFFER)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n", "\u0016\u0003\u0001\u0002\u0000", "SSH-2.0-x", "\n", "{}"})
    void givenAnotherProtocol_whenItsFirstByteArrives_thenRefusedAtOnce(String text) {
        Decoding decoding = new Decoding(new PacketDecoder(Decoding.MAX_PACKET_BYTES, true));
        ByteBuf first = Unpooled.copiedBuffer(text.substring(0, 1), StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> decoding.next(first)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void givenVersions_whenClientDecodesConnAck_thenReturnCodesBecomeReasonCodes() throws Exception {
        for (ProtocolVersion version : List.of(ProtocolVersion.MQTT_3_1, ProtocolVersion.MQTT_3_1_1)) {
            Decoding decoding = Decoding.client(version);

            decoding.all("20020000 20020001 20020002 20020003 20020004 20020005");

            assertThat(decoding.packets)
                    .extracting(packet -> ((Packet.ConnAck) packet).reason())
                    .containsExactly(
                            ReasonCode.SUCCESS,
                            ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
                            ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
                            ReasonCode.SERVER_UNAVAILABLE,
                            ReasonCode.BAD_USER_NAME_OR_PASSWORD,
                            ReasonCode.NOT_AUTHORIZED);
        }
    }
}
