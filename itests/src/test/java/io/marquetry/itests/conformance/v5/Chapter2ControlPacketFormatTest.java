// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.auth;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.disconnect;
import static io.marquetry.itests.support.Packets.pingreq;
import static io.marquetry.itests.support.Packets.puback;
import static io.marquetry.itests.support.Packets.pubcomp;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrec;
import static io.marquetry.itests.support.Packets.pubrel;
import static io.marquetry.itests.support.Packets.raw;
import static io.marquetry.itests.support.Packets.subscribe;
import static io.marquetry.itests.support.Packets.unsubscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.marquetry.itests.support.Outgoing;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Received.Pubrel;
import io.marquetry.itests.support.Received.Suback;
import io.marquetry.itests.support.Received.Unsuback;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 2 MQTT Control Packet format. */
class Chapter2ControlPacketFormatTest extends V5Test {
    static Stream<Arguments> packetsWithWrongFlags() {
        return Stream.of(
                        pubrel(1).flags(0),
                        pubrel(1).flags(3),
                        pubrel(1).flags(0xA),
                        subscribe(1).to("a", 0).flags(0),
                        subscribe(1).to("a", 0).flags(3),
                        unsubscribe(1, "a").flags(0),
                        unsubscribe(1, "a").flags(6),
                        puback(1).flags(1),
                        puback(1).flags(8),
                        pubrec(1).flags(2),
                        pubcomp(1).flags(2),
                        pingreq().flags(1),
                        pingreq().flags(0xF),
                        disconnect().flags(1),
                        auth(0).props(Props.with(Property.AUTH_METHOD, "none")).flags(4))
                .map(packet ->
                        arguments("%02X".formatted(packet.encode(io.marquetry.itests.support.Version.V5)[0]), packet));
    }

    @ParameterizedTest(name = "first byte {0}") // [MQTT-2.1.3-1]
    @MethodSource("packetsWithWrongFlags")
    void givenClient_whenReservedFlagsAreWrong_thenMalformedPacket(String name, Outgoing<?> packet) {
        var client = client("flags");

        client.send(packet);

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-2.1.3-1]
    @ValueSource(ints = {1, 2, 8, 15})
    void givenConnection_whenFlagsOfConnectAreWrong_thenItIsClosed(int flags) {
        var probe = open();

        probe.send(connect(id("flags")).flags(flags));

        probe.expectConnectDropped(0x81);
    }

    @ParameterizedTest // 2.1.2: 0 is reserved; CONNACK, SUBACK, UNSUBACK and PINGRESP come from servers alone
    @ValueSource(ints = {0x00, 0x20, 0x90, 0xB0, 0xD0})
    void givenClient_whenPacketTypeIsNotForServers_thenRefused(int firstByte) {
        var client = client("types");

        client.send(raw(firstByte, (byte) 0, (byte) 1, (byte) 0, (byte) 0));

        client.expectRefusal(0x81, 0x82);
    }

    @Test // [MQTT-2.2.1-2]
    void givenSubscription_whenQos0IsDelivered_thenItHasNoPacketIdentifier() {
        var client = client("qos0");
        client.subscribe(topic("a"), 2);

        client.publish(topic("a"), "12", 0);

        // An identifier would stand before the properties and spoil them.
        Publish publish = client.expect(Publish.class);
        assertThat(publish.qos()).isZero();
        assertThat(publish.text()).isEqualTo("12");
    }

    static Stream<Arguments> packetsWithIdentifierZero() {
        return Stream.of(
                arguments("PUBLISH QoS 1", publish("a", "x").qos(1).id(0)),
                arguments("PUBLISH QoS 2", publish("a", "x").qos(2).id(0)),
                arguments("SUBSCRIBE", subscribe(0).to("a", 0)),
                arguments("UNSUBSCRIBE", unsubscribe(0, "a")),
                arguments("PUBREL", pubrel(0)),
                arguments("PUBACK", puback(0)),
                arguments("PUBREC", pubrec(0)),
                arguments("PUBCOMP", pubcomp(0)));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-2.2.1-3]
    @MethodSource("packetsWithIdentifierZero")
    void givenClient_whenPacketIdentifierIsZero_thenRefused(String name, Outgoing<?> packet) {
        var client = client("zero");

        client.send(packet);

        client.expectRefusal(0x81, 0x82);
    }

    @Test // [MQTT-2.2.1-4]
    void givenUnacknowledgedMessages_whenMoreAreDelivered_thenIdentifiersAreUnused() {
        var subscriber = client("ids");
        subscriber.subscribe(topic("a"), 1);
        var publisher = client("publisher");
        Set<Integer> seen = new HashSet<>();

        for (int i = 0; i < 20; i++) {
            publisher.publish(topic("a"), "m" + i, 1 + i % 2);
        }

        for (int i = 0; i < 20; i++) {
            int id = subscriber.expect(Publish.class).id();
            assertThat(id).isNotZero();
            assertThat(seen.add(id))
                    .as("packet identifier %d is used twice", id)
                    .isTrue();
        }
    }

    @ParameterizedTest // [MQTT-2.2.1-5]
    @ValueSource(ints = {1, 255, 256, 0x8000, 0xFFFF})
    void givenClient_whenItPublishes_thenAcknowledgementsHaveItsIdentifier(int id) {
        var client = client("acks");

        client.send(publish(topic("a"), "x").qos(1).id(id));
        assertThat(client.expect(Puback.class).id()).isEqualTo(id);
        client.send(publish(topic("a"), "x").qos(2).id(id));
        assertThat(client.expect(Pubrec.class).id()).isEqualTo(id);
        client.send(pubrel(id));
        assertThat(client.expect(Pubcomp.class).id()).isEqualTo(id);
    }

    @Test // [MQTT-2.2.1-5]
    void givenSubscriber_whenItAcknowledgesQos2_thenPubrelHasTheIdentifierOfThePublish() {
        var client = client("rel");
        client.subscribe(topic("a"), 2);
        client.publish(topic("a"), "x", 2);
        Publish publish = client.expect(Publish.class);

        client.send(pubrec(publish.id()));

        assertThat(client.expect(Pubrel.class).id()).isEqualTo(publish.id());
    }

    @ParameterizedTest // [MQTT-2.2.1-6]
    @ValueSource(ints = {1, 255, 256, 0x8000, 0xFFFF})
    void givenClient_whenItSubscribesAndUnsubscribes_thenAnswersHaveItsIdentifier(int id) {
        var client = client("suback");

        client.send(subscribe(id).to(topic("a"), 0));
        assertThat(client.expect(Suback.class).id()).isEqualTo(id);
        client.send(unsubscribe(id, topic("a")));
        assertThat(client.expect(Unsuback.class).id()).isEqualTo(id);
    }

    @Test // [MQTT-2.2.2-1]
    void givenNoProperties_whenPacketsArrive_thenTheyHaveAPropertyLengthOfZero() {
        var client = client("none");
        client.subscribe(topic("a"), 1);

        client.publish(topic("a"), "payload", 0);

        // Without the length the first byte of the payload would be taken for it.
        Publish publish = client.expect(Publish.class);
        assertThat(publish.props().isEmpty()).isTrue();
        assertThat(publish.text()).isEqualTo("payload");
    }

    @ParameterizedTest // 2.2.2.2: an identifier that is not valid for the packet
    @ValueSource(
            strings = {
                "0005",
                "0400",
                "0A00",
                "1100000001",
                "1300 01",
                "2100 01",
                "2401",
                "2501",
                "2700001000",
                "7F00",
                "FF0100"
            })
    void givenClient_whenPublishHasAPropertyItMayNotHave_thenMalformedPacket(String property) {
        var client = client("wrongprop");
        byte[] bytes = hex(property);
        byte[] value = new byte[bytes.length - 1];
        System.arraycopy(bytes, 1, value, 0, value.length);

        client.send(publish(topic("a"), "x").props(Props.none().andRaw(bytes[0] & 0xFF, value)));

        client.expectRefusal(0x81, 0x82);
    }

    @Test // 2.2.2.2
    void givenClient_whenSubscribeHasAPropertyOfPublish_thenMalformedPacket() {
        var client = client("wrongsub");

        client.send(subscribe(1).to(topic("a"), 0).props(Props.with(Property.TOPIC_ALIAS, 1)));

        client.expectRefusal(0x81, 0x82);
    }

    @Test // 2.2.2.2
    void givenClient_whenPropertyLengthReachesBeyondThePacket_thenMalformedPacket() {
        var client = client("proplen");

        client.sendBytes(hex("30 06 0001 61 7F 01 00"));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // 2.1.4: the packet ends before its fields do, or after
    @ValueSource(
            strings = {
                "3000",
                "3001 00",
                "3002 0005",
                "3003 0001 61",
                "3204 0001 61 00",
                "8202 0001",
                "8203 0001 00",
                "8205 0001 00 0001",
                "6200",
                "6201 00",
                "4001 00",
                "5001 00",
                "7001 00",
                "C001 00",
                "E003 00 00 00",
                "A202 0001",
                "A205 0001 00 0001"
            })
    void givenClient_whenPacketIsCutOffOrTooLong_thenMalformedPacket(String packet) {
        var client = client("cut");

        client.sendBytes(hex(packet));

        client.expectRefusal(0x81, 0x82);
    }
}
