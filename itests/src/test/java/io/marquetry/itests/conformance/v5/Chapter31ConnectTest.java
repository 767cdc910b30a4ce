// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Bytes.bytes;
import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.auth;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.disconnect;
import static io.marquetry.itests.support.Packets.pingreq;
import static io.marquetry.itests.support.Packets.puback;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrel;
import static io.marquetry.itests.support.Packets.raw;
import static io.marquetry.itests.support.Packets.subscribe;
import static io.marquetry.itests.support.Packets.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.Outgoing;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.1 CONNECT: the packet itself. Sessions, wills and limits have classes of their own. */
class Chapter31ConnectTest extends V5Test {
    static Stream<Arguments> packetsThatAreNotConnect() {
        return Stream.of(
                arguments("PUBLISH", publish("a", "x")),
                arguments("PUBACK", puback(1)),
                arguments("PUBREL", pubrel(1)),
                arguments("SUBSCRIBE", subscribe(1).to("a", 0)),
                arguments("UNSUBSCRIBE", unsubscribe(1, "a")),
                arguments("PINGREQ", pingreq()),
                arguments("DISCONNECT", disconnect()),
                arguments("AUTH", auth(0x18).props(Props.with(Property.AUTH_METHOD, "none"))),
                arguments("CONNACK", raw(0x20, (byte) 0, (byte) 0, (byte) 0)));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-3.1.0-1]
    @MethodSource("packetsThatAreNotConnect")
    void givenConnection_whenFirstPacketIsNotConnect_thenItIsClosed(String name, Outgoing<?> packet) {
        var probe = open();

        probe.send(packet);

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.0-2]
    void givenClient_whenSecondConnectIsSent_thenProtocolError() {
        var client = client("twice");

        client.send(connect(id("twice")));

        client.expectRefusal(0x82);
    }

    @ParameterizedTest // [MQTT-3.1.2-1]
    @ValueSource(strings = {"MQTTX", "mqtt", "MQT", "", "MQIsdp", "HTTP/1.1"})
    void givenConnection_whenProtocolNameIsWrong_thenItIsClosed(String name) {
        var probe = open();

        probe.send(connect(id("name")).protocolName(name));

        probe.expectConnectDropped(0x84, 0x81, 0x82, 0x01);
    }

    @ParameterizedTest // [MQTT-3.1.2-2]
    @ValueSource(ints = {0, 1, 2, 6, 7, 99, 127})
    void givenConnection_whenProtocolVersionIsUnknown_thenUnsupportedProtocolVersion(int level) {
        var probe = open();

        probe.send(connect(id("level")).level(level));

        // A level that is not even 5 may be answered in the form of 3.1.1: return code 1.
        probe.expectConnectDropped(0x84, 0x01);
    }

    @Test // [MQTT-3.1.2-3]
    void givenConnection_whenReservedConnectFlagIsSet_thenMalformedPacket() {
        var probe = open();

        probe.send(connect(id("reserved")).connectFlags(0x03));

        probe.expectConnectRefused(0x81);
    }

    static Stream<Arguments> flagsThatDoNotFitThePayload() {
        byte[] will = bytes().u8(0).text("topic").text("payload").toArray();
        return Stream.of(
                arguments("will flag, no will in the payload", 0x06, new byte[0]),
                arguments(
                        "will flag, topic without payload",
                        0x06,
                        bytes().u8(0).text("topic").toArray()),
                arguments("will in the payload, no flag", 0x02, will));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-3.1.2-9]
    @MethodSource("flagsThatDoNotFitThePayload")
    void givenConnection_whenWillFlagAndPayloadDisagree_thenConnectIsRefused(String name, int flags, byte[] payload) {
        var probe = open();

        probe.send(connect(id("will")).connectFlags(flags).surplus(payload));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @ParameterizedTest // [MQTT-3.1.2-11]
    @ValueSource(ints = {0x0A, 0x12})
    void givenConnection_whenWillQosWithoutWillFlag_thenConnectIsRefused(int flags) {
        var probe = open();

        probe.send(connect(id("willqos")).connectFlags(flags));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // [MQTT-3.1.2-12]
    void givenConnection_whenWillQosIs3_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("qos3")).will(topic("will"), "gone", 3, false));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // [MQTT-3.1.2-13]
    void givenConnection_whenWillRetainWithoutWillFlag_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("willretain")).connectFlags(0x22));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // [MQTT-3.1.2-16]
    void givenConnection_whenUserNameIsPresentWithoutItsFlag_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("user"))
                .connectFlags(0x02)
                .surplus(bytes().text("user").toArray()));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // [MQTT-3.1.2-17]
    void givenConnection_whenUserNameIsMissingWithItsFlag_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("user")).connectFlags(0x82));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // [MQTT-3.1.2-18]
    void givenConnection_whenPasswordIsPresentWithoutItsFlag_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("pass"))
                .username("user")
                .connectFlags(0x82)
                .surplus(bytes().text("secret").toArray()));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // [MQTT-3.1.2-19]
    void givenConnection_whenPasswordIsMissingWithItsFlag_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("pass")).username("user").connectFlags(0xC2));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // 3.1.2.9: version 5 allows a password without a user name
    void givenConnection_whenPasswordComesWithoutUserName_thenItIsAccepted() {
        var probe = open();

        Connack connack = probe.connect(connect(id("token")).password("secret"));

        assertThat(connack.code()).isZero();
    }

    static Stream<Arguments> propertiesThatAreProtocolErrors() {
        return Stream.of(
                arguments("Receive Maximum 0", Props.with(Property.RECEIVE_MAXIMUM, 0)),
                arguments("Maximum Packet Size 0", Props.with(Property.MAXIMUM_PACKET_SIZE, 0)),
                arguments("Request Problem Information 2", Props.with(Property.REQUEST_PROBLEM_INFO, 2)),
                arguments("Request Response Information 2", Props.with(Property.REQUEST_RESPONSE_INFO, 2)),
                arguments("Authentication Data without Method", Props.with(Property.AUTH_DATA, new byte[] {1})),
                arguments("Session Expiry twice", twice(Property.SESSION_EXPIRY, 5)),
                arguments("Receive Maximum twice", twice(Property.RECEIVE_MAXIMUM, 5)),
                arguments("Maximum Packet Size twice", twice(Property.MAXIMUM_PACKET_SIZE, 500)),
                arguments("Topic Alias Maximum twice", twice(Property.TOPIC_ALIAS_MAXIMUM, 5)),
                arguments("Request Response Information twice", twice(Property.REQUEST_RESPONSE_INFO, 1)),
                arguments("Request Problem Information twice", twice(Property.REQUEST_PROBLEM_INFO, 1)),
                arguments("Authentication Method twice", twice(Property.AUTH_METHOD, "none")));
    }

    private static Props twice(Property property, Object value) {
        return Props.with(property, value).and(property, value);
    }

    @ParameterizedTest(name = "{0}") // 3.1.2.11: "It is a Protocol Error to ..."
    @MethodSource("propertiesThatAreProtocolErrors")
    void givenConnection_whenPropertyIsAProtocolError_thenConnectIsRefused(String name, Props props) {
        var probe = open();

        probe.send(connect(id("prop")).props(props));

        probe.expectConnectRefused(0x82, 0x81);
    }

    @ParameterizedTest // 2.2.2.2: properties of other packets
    @ValueSource(ints = {0x01, 0x02, 0x12, 0x13, 0x18, 0x1A, 0x1F, 0x23, 0x24, 0x25, 0x28, 0x29, 0x2A, 0x0B, 0x60})
    void givenConnection_whenPropertyBelongsToAnotherPacket_thenMalformedPacket(int property) {
        var probe = open();

        probe.send(connect(id("alien")).props(Props.none().andRaw(property, (byte) 0, (byte) 1)));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // 3.1.3.2: Will Properties have rules of their own
    void givenConnection_whenWillHasAPropertyOfConnect_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("alien")).will(topic("w"), "x", 0, false, Props.with(Property.SESSION_EXPIRY, 1)));

        probe.expectConnectRefused(0x81, 0x82);
    }

    static Stream<Arguments> payloadsInTheWrongOrder() {
        return Stream.of(
                arguments(
                        "user name before the will",
                        0x86,
                        bytes().text("user").u8(0).text("t").text("p").toArray()),
                arguments(
                        "password alone where a will belongs",
                        0xC6,
                        bytes().text("user").text("password").toArray()));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-3.1.3-1]
    @MethodSource("payloadsInTheWrongOrder")
    void givenConnection_whenPayloadIsInTheWrongOrder_thenConnectIsRefused(String name, int flags, byte[] payload) {
        var probe = open();

        probe.send(connect(id("order")).connectFlags(flags).surplus(payload));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // [MQTT-3.1.3-3]
    void givenConnection_whenClientIdentifierIsMissing_thenConnectIsRefused() {
        var probe = open();

        probe.sendBytes(hex("10 0B 0004 4D515454 05 02 003C 00"));

        probe.expectConnectRefused(0x81, 0x82);
    }

    @Test // [MQTT-3.1.3-4]
    void givenConnection_whenClientIdentifierIsNotUtf8_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect("").clientIdBytes(hex("6180")));

        probe.expectConnectRefused(0x81, 0x85);
    }

    @ParameterizedTest // [MQTT-3.1.3-5]
    @ValueSource(strings = {"0", "Z", "abcdefghijklmnopqrstuvw", "ABCDEFGHIJKLMNOPQRSTUVW", "XYZ01234567890123456789"})
    void givenIdentifierThatEveryServerAllows_whenConnecting_thenAccepted(String clientId) {
        var probe = open();

        assertThat(probe.connect(connect(clientId)).code()).isZero();
    }

    @Test // [MQTT-3.1.3-6] [MQTT-3.1.3-7]
    void givenEmptyIdentifier_whenConnecting_thenOneIsAssigned() {
        Connack first = open().connect(connect(""));
        Connack second = open().connect(connect(""));

        assertThat(first.code()).isZero();
        assertThat(first.props().text(Property.ASSIGNED_CLIENT_ID))
                .get()
                .asString()
                .isNotEmpty();
        assertThat(second.props().text(Property.ASSIGNED_CLIENT_ID))
                .isPresent()
                .isNotEqualTo(first.props().text(Property.ASSIGNED_CLIENT_ID));
    }

    @Test // [MQTT-3.1.3-7]
    void givenAssignedIdentifier_whenUsedAgain_thenItNamesTheSession() {
        var probe = open();
        Connack first = probe.connect(connect("").lasting(60));
        String assigned = first.props().text(Property.ASSIGNED_CLIENT_ID).orElseThrow();
        probe.disconnect();

        Connack again = open().connect(connect(assigned).resume());

        assertThat(again.sessionPresent()).isTrue();
        assertThat(again.props().has(Property.ASSIGNED_CLIENT_ID)).isFalse();
    }

    @Test // [MQTT-3.1.3-11]
    void givenConnection_whenWillTopicIsNotUtf8_thenConnectIsRefused() {
        var probe = open();

        probe.send(connect(id("will")).willBytes(hex("61EDA080"), hex("00"), 0, false, Props.none()));

        probe.expectConnectRefused(0x81);
    }

    @ParameterizedTest // 4.7.1, 4.7.3: a will topic is a Topic Name
    @ValueSource(strings = {"a/+", "#", "a/#", ""})
    void givenConnection_whenWillTopicIsNoTopicName_thenConnectIsRefused(String topic) {
        var probe = open();

        probe.send(connect(id("will")).will(topic, "x", 0, false));

        probe.expectConnectRefused(0x81, 0x82, 0x90);
    }

    @ParameterizedTest // [MQTT-3.1.3-12]
    @ValueSource(strings = {"61EDA080", "610062", "C080"})
    void givenConnection_whenUserNameIsNotUtf8_thenConnectIsRefused(String name) {
        var probe = open();

        probe.send(connect(id("user")).usernameBytes(hex(name)));

        probe.expectConnectRefused(0x81);
    }

    static Stream<Arguments> invalidConnects() {
        return Stream.of(
                arguments("surplus bytes", connect("surplus").surplus((byte) 0)),
                arguments("nothing behind the name", raw(0x10, hex("0004 4D515454"))),
                arguments("empty body", raw(0x10)),
                arguments("name longer than the packet", raw(0x10, hex("00FF 4D515454 05 02 003C 00 0001 61"))),
                arguments("properties longer than the packet", raw(0x10, hex("0004 4D515454 05 02 003C 20 0001 61"))));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-3.1.4-1] [MQTT-3.1.4-2]
    @MethodSource("invalidConnects")
    void givenConnection_whenConnectIsInvalid_thenItIsClosedWithoutSuccess(String name, Outgoing<?> packet) {
        var probe = open();

        probe.send(packet);

        probe.expectConnectDropped(0x81, 0x82);
    }

    @Test // [MQTT-3.1.4-5]
    void givenValidConnect_whenSent_thenConnackIsSuccess() {
        assertThat(open().connect(connect(id("ok"))).code()).isZero();
    }

    @Test // [MQTT-3.1.4-6]
    void givenRefusedConnect_whenPacketsFollowAtOnce_thenTheyAreNotProcessed() {
        var watcher = client("watcher");
        watcher.subscribe(topic("#"), 0);
        ConnectPacket refused = connect(id("refused")).connectFlags(0x03);
        var probe = open();

        probe.sendBytes(bytes().raw(refused.encode(Version.V5))
                .raw(publish(topic("after"), "x").encode(Version.V5))
                .toArray());
        probe.expectConnectDropped(0x81);

        watcher.publish(topic("end"), "end", 0);
        assertThat(watcher.expect(Publish.class).text()).isEqualTo("end");
    }

    @Test // 3.1.4: a client need not wait for the CONNACK
    void givenConnection_whenPacketsFollowConnectAtOnce_thenTheyAreProcessedInOrder() {
        var probe = open();

        probe.sendTogether(
                connect(id("eager")), subscribe(1).to(topic("a"), 0), publish(topic("a"), "eager"), pingreq());

        assertThat(probe.expect(Connack.class).code()).isZero();
        assertThat(probe.await(Publish.class).text()).isEqualTo("eager");
        probe.await(io.marquetry.itests.support.Received.Pingresp.class);
    }

    @Test // 3.1: a CONNECT may arrive byte by byte
    void givenConnection_whenConnectArrivesByteByByte_thenItIsAccepted() {
        var probe = open();

        for (byte next : connect(id("slow")).username("user").encode(Version.V5)) {
            probe.sendBytes(next);
        }

        assertThat(probe.expect(Connack.class).code()).isZero();
    }
}
