// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.auth;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.raw;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Connack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.15 AUTH and 4.12 Enhanced authentication, as a broker without an enhanced authenticator keeps them. */
class Chapter315AuthTest extends V5Test {
    private static final Props METHOD = Props.with(Property.AUTH_METHOD, "NO-SUCH-METHOD");

    @ParameterizedTest // [MQTT-3.15.1-1]
    @ValueSource(ints = {0xF1, 0xF2, 0xF8, 0xFF})
    void givenClient_whenFlagsAreWrong_thenMalformedPacket(int firstByte) {
        var client = client("flags");

        client.send(auth(0x19).props(METHOD).firstByte(firstByte));

        client.expectRefusal(0x81, 0x82);
    }

    @ParameterizedTest // [MQTT-3.15.2-1]
    @ValueSource(ints = {0x01, 0x17, 0x1A, 0x80, 0xFF})
    void givenClient_whenReasonIsNotOfTheTable_thenRefused(int reason) {
        var client = client("reason");

        client.send(auth(reason).props(METHOD));

        client.expectRefusal(0x81, 0x82);
    }

    @Test // [MQTT-4.12.0-1]
    void givenUnknownMethod_whenConnecting_thenBadAuthenticationMethod() {
        var probe = open();

        probe.send(connect(id("method")).props(METHOD));

        probe.expectConnectRefused(0x8C, 0x87);
    }

    @Test // [MQTT-4.12.0-6]
    void givenNoMethod_whenConnecting_thenNeitherAuthNorMethodComes() {
        var probe = open();

        Connack connack = probe.connectOk(connect(id("plain")).username("user").password("secret"));

        assertThat(connack.props().has(Property.AUTH_METHOD)).isFalse();
        assertThat(connack.props().has(Property.AUTH_DATA)).isFalse();
        probe.expectNothing();
    }

    @Test // [MQTT-4.12.0-7]
    void givenClientWithoutMethod_whenItSendsAuth_thenProtocolError() {
        var client = client("nomethod");

        client.send(auth(0x19).props(METHOD));

        client.expectRefusal(0x82);
    }

    @Test // 3.15.2.2.2: AUTH needs a method
    void givenClient_whenAuthHasNoMethod_thenProtocolError() {
        var client = client("lacks");

        client.send(raw(0xF0, hex("18 00")));

        client.expectRefusal(0x82, 0x81);
    }
}
