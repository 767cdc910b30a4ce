// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Bytes.hex;
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
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Received.Suback;
import io.marquetry.itests.support.Received.Unsuback;
import io.marquetry.itests.support.Version;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 2 MQTT Control Packet format. */
class Chapter2ControlPacketFormatTest extends V311Test {
    static Stream<Arguments> packetsWithWrongFlags() {
        return Stream.of(
                        pubrel(1).flags(0),
                        pubrel(1).flags(3),
                        subscribe(1).to("a", 0).flags(0),
                        unsubscribe(1, "a").flags(0),
                        puback(1).flags(1),
                        pubrec(1).flags(2),
                        pubcomp(1).flags(2),
                        pingreq().flags(1),
                        disconnect().flags(1))
                .map(packet -> arguments("%02X".formatted(packet.encode(Version.V311)[0]), packet));
    }

    @ParameterizedTest(name = "first byte {0}") // [MQTT-2.2.2-1] [MQTT-2.2.2-2]
    @MethodSource("packetsWithWrongFlags")
    void givenClient_whenReservedFlagsAreWrong_thenItIsClosed(String name, Outgoing<?> packet) {
        var client = client("flags");

        client.send(packet);

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-2.2.2-2]
    @ValueSource(ints = {0x11, 0x12, 0x18, 0x1F})
    void givenConnection_whenFlagsOfConnectAreWrong_thenItIsClosed(int firstByte) {
        var probe = open();

        probe.send(connect(id("flags")).firstByte(firstByte));

        probe.expectClosed();
    }

    @ParameterizedTest // 2.2.1: 0 and 15 are reserved, the others come from servers alone
    @ValueSource(ints = {0x00, 0xF0, 0x20, 0x90, 0xB0, 0xD0})
    void givenClient_whenPacketTypeIsNotForServers_thenItIsClosed(int firstByte) {
        var client = client("types");

        client.send(raw(firstByte, (byte) 0, (byte) 1));

        client.expectClosed();
    }

    @ParameterizedTest // 2.2.3: at most four bytes
    @ValueSource(strings = {"30FFFFFFFF01", "30FFFFFFFF7F", "C08080808000"})
    void givenClient_whenRemainingLengthHasFiveBytes_thenItIsClosed(String packet) {
        var client = client("giant");

        client.sendBytes(hex(packet));

        client.expectClosed();
    }

    static Stream<Arguments> packetsWithIdentifierZero() {
        return Stream.of(
                arguments("PUBLISH QoS 1", publish("a", "x").qos(1).id(0)),
                arguments("PUBLISH QoS 2", publish("a", "x").qos(2).id(0)),
                arguments("SUBSCRIBE", subscribe(0).to("a", 0)),
                arguments("UNSUBSCRIBE", unsubscribe(0, "a")));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-2.3.1-1]
    @MethodSource("packetsWithIdentifierZero")
    void givenClient_whenPacketIdentifierIsZero_thenItIsClosed(String name, Outgoing<?> packet) {
        var client = client("zero");

        client.send(packet);

        client.expectClosed();
    }

    @Test // [MQTT-2.3.1-2] [MQTT-2.3.1-4]
    void givenUnacknowledgedMessages_whenMoreAreDelivered_thenIdentifiersAreUnused() {
        var subscriber = client("ids");
        subscriber.subscribe(topic("a"), 2);
        var publisher = client("publisher");
        for (int i = 0; i < 20; i++) {
            publisher.publish(topic("a"), "m" + i, 1 + i % 2);
        }

        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            assertThat(seen.add(subscriber.expect(Publish.class).id())).isTrue();
        }
    }

    @Test // [MQTT-2.3.1-4]
    void givenUnacknowledgedMessage_whenSentAgain_thenItKeepsItsIdentifier() {
        var before = client(connect(id("keeps")).resume());
        before.subscribe(topic("a"), 1);
        client("publisher").publish(topic("a"), "x", 1);
        int id = before.expectPublish(topic("a"), "x").id();
        before.drop();

        var after = client(connect(id("keeps")).resume());

        Publish again = after.expectPublish(topic("a"), "x");
        assertThat(again.id()).isEqualTo(id);
        after.acknowledge(again);
    }

    @Test // [MQTT-2.3.1-5]
    void givenSubscription_whenQos0IsDelivered_thenItHasNoPacketIdentifier() {
        var client = client("qos0");
        client.subscribe(topic("a"), 2);

        client.publish(topic("a"), "12", 0);

        assertThat(client.expect(Publish.class).text()).isEqualTo("12");
    }

    @ParameterizedTest // [MQTT-2.3.1-6]
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

    @ParameterizedTest // [MQTT-2.3.1-7]
    @ValueSource(ints = {1, 255, 256, 0x8000, 0xFFFF})
    void givenClient_whenItSubscribesAndUnsubscribes_thenAnswersHaveItsIdentifier(int id) {
        var client = client("suback");

        client.send(subscribe(id).to(topic("a"), 0));
        assertThat(client.expect(Suback.class).id()).isEqualTo(id);
        client.send(unsubscribe(id, topic("a")));
        assertThat(client.expect(Unsuback.class).id()).isEqualTo(id);
    }

    @ParameterizedTest // 2.2.3: the packet ends before its fields do, or after
    @ValueSource(
            strings = {
                "3000",
                "3001 00",
                "3002 0005",
                "3203 0001 61",
                "8202 0001",
                "8204 0001 0001",
                "8205 0001 0001 61",
                "6200",
                "6201 00",
                "4001 00",
                "4003 0001 00",
                "C001 00",
                "E001 00",
                "A202 0001",
                "A204 0001 0001"
            })
    void givenClient_whenPacketIsCutOffOrTooLong_thenItIsClosed(String packet) {
        var client = client("cut");

        client.sendBytes(hex(packet));

        client.expectClosed();
    }
}
