// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.api.mqtt.ProtocolVersion.MQTT_3_1;
import static io.marquetry.api.mqtt.ProtocolVersion.MQTT_3_1_1;
import static io.marquetry.api.mqtt.ProtocolVersion.MQTT_5;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.UserProperty;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The bytes that go out: the shortest form, and the nearest one for older versions. */
class PacketEncoderTest {
    private static final Properties REASON =
            Properties.builder().with(Property.REASON_STRING, "r").build();

    @ParameterizedTest // sections 3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1
    @CsvSource({
        "MQTT_5, PUBACK, SUCCESS, 40021234",
        "MQTT_5, PUBREC, SUCCESS, 50021234",
        "MQTT_5, PUBREL, SUCCESS, 62021234",
        "MQTT_5, PUBCOMP, SUCCESS, 70021234",
        "MQTT_5, PUBACK, NO_MATCHING_SUBSCRIBERS, 4003123410",
        "MQTT_5, PUBREL, PACKET_IDENTIFIER_NOT_FOUND, 6203123492",
        "MQTT_5, PUBREC, QUOTA_EXCEEDED, 5003123497",
        "MQTT_3_1_1, PUBACK, NOT_AUTHORIZED, 40021234",
        "MQTT_3_1_1, PUBREL, SUCCESS, 62021234",
        "MQTT_3_1, PUBCOMP, SUCCESS, 70021234"
    })
    void givenAcknowledgement_whenWrittenInBothWays_thenShortest(
            ProtocolVersion version, PacketType type, ReasonCode reason, String hex) {
        ByteBuf hot = Unpooled.buffer();

        PacketEncoder.ack(hot, version, type, 0x1234, reason);

        assertThat(ByteBufUtil.hexDump(hot)).isEqualTo(hex);
        assertThat(hex(new Packet.Ack(type, 0x1234, reason, Properties.NONE), version))
                .isEqualTo(hex);
    }

    @Test
    void givenPropertiesWithAcknowledgement_whenWritten_thenReasonAndPropertiesAreThere() {
        Packet ack = new Packet.Ack(PacketType.PUBACK, 1, ReasonCode.SUCCESS, REASON);

        assertThat(hex(ack, MQTT_5)).isEqualTo("4008000100041f000172");
        assertThat(hex(ack, MQTT_3_1_1)).isEqualTo("40020001");
    }

    @Test // section 3.14.2.1
    void givenDisconnect_whenWritten_thenShortest() {
        assertThat(hex(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.NONE), MQTT_5))
                .isEqualTo("e000");
        assertThat(hex(new Packet.Disconnect(ReasonCode.SESSION_TAKEN_OVER, Properties.NONE), MQTT_5))
                .isEqualTo("e0018e");
        assertThat(hex(new Packet.Disconnect(ReasonCode.SUCCESS, REASON), MQTT_5))
                .isEqualTo("e00600041f000172");
        assertThat(hex(new Packet.Disconnect(ReasonCode.SESSION_TAKEN_OVER, REASON), MQTT_3_1_1))
                .isEqualTo("e000");
    }

    @Test // section 3.15.2.1
    void givenAuth_whenWritten_thenOnlyForMqtt5() {
        Packet auth = new Packet.Auth(ReasonCode.SUCCESS, Properties.NONE);

        assertThat(hex(auth, MQTT_5)).isEqualTo("f000");
        assertThatThrownBy(() -> hex(auth, MQTT_3_1_1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void givenPings_whenWritten_thenTwoBytes() {
        ByteBuf hot = Unpooled.buffer();

        PacketEncoder.pingResp(hot);

        assertThat(ByteBufUtil.hexDump(hot)).isEqualTo("d000");
        assertThat(hex(new Packet.PingResp(), MQTT_3_1)).isEqualTo("d000");
        assertThat(hex(new Packet.PingReq(), MQTT_5)).isEqualTo("c000");
    }

    @ParameterizedTest // table 3.1 of MQTT 3.1.1
    @CsvSource({
        "SUCCESS, 0",
        "UNSUPPORTED_PROTOCOL_VERSION, 1",
        "MALFORMED_PACKET, 1",
        "PROTOCOL_ERROR, 1",
        "CLIENT_IDENTIFIER_NOT_VALID, 2",
        "SERVER_UNAVAILABLE, 3",
        "SERVER_BUSY, 3",
        "QUOTA_EXCEEDED, 3",
        "CONNECTION_RATE_EXCEEDED, 3",
        "UNSPECIFIED_ERROR, 3",
        "BAD_USER_NAME_OR_PASSWORD, 4",
        "NOT_AUTHORIZED, 5",
        "BANNED, 5",
        "BAD_AUTHENTICATION_METHOD, 5"
    })
    void givenReasonOfConnAck_whenWrittenForMqtt311_thenNearestReturnCode(ReasonCode reason, int returnCode) {
        String expected = String.format("200200%02x", returnCode);

        assertThat(hex(new Packet.ConnAck(false, reason, REASON), MQTT_3_1_1)).isEqualTo(expected);
        assertThat(hex(new Packet.ConnAck(false, reason, REASON), MQTT_3_1)).isEqualTo(expected);
        assertThat(hex(new Packet.ConnAck(false, reason, Properties.NONE), MQTT_5))
                .isEqualTo(String.format("200300%02x00", reason.value()));
    }

    @ParameterizedTest // every refusal, so that a new reason code cannot become a success
    @EnumSource(ReasonCode.class)
    void givenAnyError_whenWrittenAsReturnCode_thenARefusalThatTheSpecificationNames(ReasonCode reason) {
        if (reason.isError()) {
            assertThat(ReturnCodes.ofConnAck(reason)).isBetween(1, 5);
            assertThat(ReturnCodes.ofSubAck(reason)).isEqualTo(0x80);
        }
    }

    @Test // [MQTT-3.2.2-6] [MQTT-3.2.2-2]
    void givenSessionPresent_whenWritten_thenOnlyWithSuccessAndNotIn31() {
        assertThat(hex(new Packet.ConnAck(true, ReasonCode.SUCCESS, Properties.NONE), MQTT_5))
                .isEqualTo("2003010000");
        assertThat(hex(new Packet.ConnAck(true, ReasonCode.SUCCESS, Properties.NONE), MQTT_3_1_1))
                .isEqualTo("20020100");
        assertThat(hex(new Packet.ConnAck(true, ReasonCode.SUCCESS, Properties.NONE), MQTT_3_1))
                .isEqualTo("20020000");
        assertThat(hex(new Packet.ConnAck(true, ReasonCode.SERVER_BUSY, Properties.NONE), MQTT_5))
                .isEqualTo("2003008900");
    }

    @Test // [MQTT-3.9.3-2] of 3.1.1; section 3.11 of 3.1.1
    void givenSubAckAndUnsubAck_whenWrittenForMqtt311_thenReturnCodesAndNoCodes() {
        List<ReasonCode> reasons = List.of(ReasonCode.GRANTED_QOS_2, ReasonCode.NOT_AUTHORIZED, ReasonCode.SUCCESS);

        assertThat(hex(new Packet.SubAck(7, reasons, REASON), MQTT_3_1_1)).isEqualTo("90050007028000");
        assertThat(hex(new Packet.SubAck(7, reasons, Properties.NONE), MQTT_5)).isEqualTo("9006000700028700");
        assertThat(hex(new Packet.UnsubAck(7, List.of(ReasonCode.SUCCESS), REASON), MQTT_3_1_1))
                .isEqualTo("b0020007");
        assertThat(hex(new Packet.UnsubAck(7, List.of(ReasonCode.SUCCESS), Properties.NONE), MQTT_5))
                .isEqualTo("b00400070000");
    }

    @Test
    void givenPropertiesForMqtt311_whenWritten_thenLeftOut() {
        Properties properties = Properties.builder()
                .with(Property.CONTENT_TYPE, "t")
                .with(new UserProperty("n", "v"))
                .build();
        Packet publish = new Packet.Publish(false, QoS.AT_LEAST_ONCE, true, "a", 1, new byte[] {0x68}, properties);

        assertThat(hex(publish, MQTT_3_1_1)).isEqualTo("3306000161000168");
        assertThat(hex(publish, MQTT_5)).isEqualTo("331200016100010b030001742600016e00017668");
    }

    @Test // [MQTT-1.5.4]: at most 65,535 bytes
    void givenTextThatIsTooLong_whenWritten_thenRefusedAndNothingIsWritten() {
        Packet fits = new Packet.Unsubscribe(1, List.of("x".repeat(65_535)), Properties.NONE);
        Packet tooLong = new Packet.Unsubscribe(1, List.of("x", "ü".repeat(32_768)), Properties.NONE);
        ByteBuf out = Unpooled.buffer().writeByte(1);

        assertThatThrownBy(() -> PacketEncoder.encode(tooLong, MQTT_5, out))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65536");
        assertThatThrownBy(() -> PacketEncoder.writeString(out, "x".repeat(65_536)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PacketEncoder.writeBinary(out, new byte[65_536]))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(out.readableBytes()).isEqualTo(1);
        assertThat(PacketEncoder.encodedLength(fits, MQTT_3_1_1)).isEqualTo(1 + 3 + 2 + 2 + 65_535);
    }

    @Test
    void givenConnectOfAnotherVersion_whenWritten_thenRefused() {
        Packet connect = new Packet.Connect(MQTT_5, false, true, 60, "id", null, null, null, Properties.NONE);

        assertThatThrownBy(() -> hex(connect, MQTT_3_1_1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void givenValuesThatDoNotFit_whenPropertiesAreBuilt_thenRefused() {
        Properties.Builder builder = Properties.builder();

        assertThatThrownBy(() -> builder.with(Property.RECEIVE_MAXIMUM, 65_536))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.with(Property.MESSAGE_EXPIRY_INTERVAL, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.with(Property.SUBSCRIPTION_IDENTIFIER, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.with(Property.CORRELATION_DATA, "text"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.with(Property.REASON_STRING, new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.withSubscriptionIdentifier(0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(builder.build()).isSameAs(Properties.NONE);
    }

    private static String hex(Packet packet, ProtocolVersion version) {
        ByteBuf out = Unpooled.buffer();
        PacketEncoder.encode(packet, version, out);
        return ByteBufUtil.hexDump(out);
    }
}
