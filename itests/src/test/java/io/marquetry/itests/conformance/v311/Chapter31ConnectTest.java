// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Bytes.bytes;
import static io.marquetry.itests.support.Bytes.hex;
import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.pingreq;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.raw;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.marquetry.itests.support.Outgoing;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Publish;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.1 CONNECT. */
class Chapter31ConnectTest extends V311Test {
    static Stream<Arguments> packetsThatAreNotConnect() {
        return Stream.of(
                arguments("PUBLISH", publish("a", "x")),
                arguments("SUBSCRIBE", subscribe(1).to("a", 0)),
                arguments("PINGREQ", pingreq()));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-3.1.0-1]
    @MethodSource("packetsThatAreNotConnect")
    void givenConnection_whenFirstPacketIsNotConnect_thenItIsClosed(String name, Outgoing<?> packet) {
        var probe = open();

        probe.send(packet);

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.0-2]
    void givenClient_whenSecondConnectIsSent_thenItIsClosed() {
        var client = client("twice");

        client.send(connect(id("twice")));

        client.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.1.2-1]
    @ValueSource(strings = {"MQTTX", "mqtt", "MQT", ""})
    void givenConnection_whenProtocolNameIsWrong_thenItIsClosed(String name) {
        var probe = open();

        probe.send(connect(id("name")).protocolName(name));

        probe.expectConnectDropped(0x01);
    }

    @ParameterizedTest // [MQTT-3.1.2-2]
    @ValueSource(ints = {0, 1, 2})
    void givenConnection_whenProtocolLevelIsUnknown_thenUnacceptableProtocolVersion(int level) {
        var probe = open();

        probe.send(connect(id("level")).level(level));

        // Levels above 5 are the concern of MQTT 5: a server that knows it answers in its form.
        probe.expectConnectRefused(0x01);
    }

    @Test // [MQTT-3.1.2-3]
    void givenConnection_whenReservedConnectFlagIsSet_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("reserved")).connectFlags(0x03));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-4]
    void givenSession_whenConnectingWithoutCleanSession_thenItIsResumed() {
        var before = client(connect(id("resume")).resume());
        before.subscribe(topic("a"), 1);
        before.disconnect();

        var after = client(connect(id("resume")).resume());

        client("publisher").publish(topic("a"), "x", 1);
        after.acknowledge(after.expectPublish(topic("a"), "x"));
    }

    @Test // [MQTT-3.1.2-5]
    void givenSession_whenClientIsAway_thenQos1And2MessagesAreStored() {
        var before = client(connect(id("away")).resume());
        before.subscribe(topic("a"), 2);
        before.disconnect();
        var publisher = client("publisher");
        publisher.publish(topic("a"), "one", 1);
        publisher.publish(topic("a"), "two", 2);

        var after = client(connect(id("away")).resume());

        Publish one = after.expectPublish(topic("a"), "one");
        Publish two = after.expectPublish(topic("a"), "two");
        assertThat(one.qos()).isEqualTo(1);
        assertThat(two.qos()).isEqualTo(2);
        after.acknowledge(one);
        after.acknowledge(two);
    }

    @Test // [MQTT-3.1.2-6]
    void givenSession_whenConnectingWithCleanSession_thenItIsDiscardedAndLeavesNothingItself() {
        var before = client(connect(id("clean")).resume());
        before.subscribe(topic("a"), 1);
        before.disconnect();

        var clean = open();
        assertThat(clean.connectOk(connect(id("clean"))).sessionPresent()).isFalse();
        clean.subscribe(topic("b"), 1);
        clean.disconnect();

        var after = open();
        assertThat(after.connectOk(connect(id("clean")).resume()).sessionPresent())
                .isFalse();
        after.publish(topic("a"), "x", 0);
        after.publish(topic("b"), "x", 0);
        after.expectNothing();
    }

    @Test // [MQTT-3.1.2-7]
    void givenRetainedMessage_whenTheSessionOfItsPublisherEnds_thenItStays() {
        var publisher = client("publisher");
        publisher.publish(publish(topic("a"), "kept").qos(1).retain());
        publisher.disconnect();

        var late = client("late");
        late.subscribe(topic("a"), 0);

        late.expectPublish(topic("a"), "kept");
    }

    @ParameterizedTest // [MQTT-3.1.2-8]
    @ValueSource(ints = {0, 1, 2})
    void givenClientWithWill_whenItDies_thenTheWillIsPublished(int qos) {
        var watcher = client("watcher");
        watcher.subscribe(topic("will"), 2);

        client(connect(id("dies")).will(topic("will"), "gone", qos, false)).drop();

        assertThat(watcher.expectPublish(topic("will"), "gone").qos()).isEqualTo(qos);
    }

    @Test // [MQTT-3.1.2-9]
    void givenConnection_whenWillFlagIsSetWithoutAWill_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("will")).connectFlags(0x06));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-10] [MQTT-3.1.2-12]
    void givenWillWasPublishedOrRemoved_whenTheNextConnectionEnds_thenNoWillIsPublished() {
        var watcher = client("watcher");
        watcher.subscribe(topic("will"), 0);
        client(connect(id("once")).resume().will(topic("will"), "gone", 0, false))
                .drop();
        watcher.expectPublish(topic("will"), "gone");
        client(connect(id("once")).resume().will(topic("will"), "removed", 0, false))
                .disconnect();
        client(connect(id("once")).resume()).drop();

        // A CONNECT under the same name is answered only when the end of the last connection is dealt with.
        client(connect(id("once"))).disconnect();
        watcher.publish(topic("will"), "end", 0);

        watcher.expectPublish(topic("will"), "end");
    }

    @ParameterizedTest // [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15]
    @ValueSource(ints = {0x0A, 0x12, 0x22, 0x2A})
    void givenConnection_whenWillBitsAreSetWithoutWillFlag_thenItIsClosed(int flags) {
        var probe = open();

        probe.send(connect(id("bits")).connectFlags(flags));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-11]
    void givenConnection_whenAWillIsPresentWithoutWillFlag_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("will"))
                .connectFlags(0x02)
                .surplus(bytes().text("topic").text("x").toArray()));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-14]
    void givenConnection_whenWillQosIs3_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("qos3")).will(topic("w"), "x", 3, false));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-16] [MQTT-3.1.2-17]
    void givenWills_whenPublished_thenOnlyTheOneWithRetainIsRetained() {
        var watcher = client("watcher");
        watcher.subscribe(topic("+"), 0);
        client(connect(id("a")).will(topic("plain"), "gone", 0, false)).drop();
        watcher.expectPublish(topic("plain"), "gone");
        client(connect(id("b")).will(topic("kept"), "gone", 0, true)).drop();
        watcher.expectPublish(topic("kept"), "gone");

        var late = client("late");
        late.subscribe(topic("+"), 0);

        assertThat(late.expectPublish(topic("kept"), "gone").retain()).isTrue();
        late.expectNothing();
    }

    @Test // [MQTT-3.1.2-18]
    void givenConnection_whenUserNameIsPresentWithoutItsFlag_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("user"))
                .connectFlags(0x02)
                .surplus(bytes().text("user").toArray()));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-19]
    void givenConnection_whenUserNameIsMissingWithItsFlag_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("user")).connectFlags(0x82));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-20]
    void givenConnection_whenPasswordIsPresentWithoutItsFlag_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("pass"))
                .username("u")
                .connectFlags(0x82)
                .surplus(bytes().text("p").toArray()));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-21]
    void givenConnection_whenPasswordIsMissingWithItsFlag_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("pass")).username("u").connectFlags(0xC2));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.2-22]
    void givenConnection_whenPasswordComesWithoutUserName_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("pass")).password("secret"));

        probe.expectConnectDropped(0x04, 0x05);
    }

    @Test // [MQTT-3.1.2-24]
    void givenKeepAliveOfOneSecond_whenClientIsSilent_thenItIsClosedAfterOneAndAHalf() {
        var client = client(connect(id("silent")).keepAlive(1));
        long start = System.nanoTime();

        client.expectClosed(Duration.ofSeconds(8));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1400));
    }

    @Test // [MQTT-3.1.3-1]
    void givenConnection_whenPayloadIsInTheWrongOrder_thenItIsClosed() {
        var probe = open();

        // The user name stands where the will topic belongs, and too little is left for what follows.
        probe.send(connect(id("order"))
                .connectFlags(0x86)
                .surplus(bytes().text("u").text("t").toArray()));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.3-2]
    void givenTwoSessions_whenEachClientReturns_thenEachFindsItsOwn() {
        for (String name : new String[] {"one", "two"}) {
            var probe = client(connect(id(name)).resume());
            probe.subscribe(topic(name), 1);
            probe.disconnect();
        }
        var publisher = client("publisher");
        publisher.publish(topic("two"), "for two", 1);
        publisher.publish(topic("one"), "for one", 1);

        for (String name : new String[] {"one", "two"}) {
            var probe = client(connect(id(name)).resume());
            probe.acknowledge(probe.expectPublish(topic(name), "for " + name));
            probe.expectNothing();
        }
    }

    @Test // [MQTT-3.1.3-3]
    void givenConnection_whenClientIdentifierIsMissing_thenItIsClosed() {
        var probe = open();

        probe.sendBytes(hex("10 0A 0004 4D515454 04 02 003C"));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.3-4]
    void givenConnection_whenClientIdentifierIsNotUtf8_thenItIsClosed() {
        var probe = open();

        probe.send(connect("").clientIdBytes(hex("61EDA080")));

        probe.expectConnectDropped(0x02);
    }

    @ParameterizedTest // [MQTT-3.1.3-5]
    @ValueSource(strings = {"0", "Z", "abcdefghijklmnopqrstuvw", "ABCDEFGHIJKLMNOPQRSTUVW", "XYZ01234567890123456789"})
    void givenIdentifierThatEveryServerAllows_whenConnecting_thenAccepted(String clientId) {
        assertThat(open().connect(connect(clientId)).code()).isZero();
    }

    @Test // [MQTT-3.1.3-6]
    void givenEmptyIdentifiers_whenConnecting_thenEachClientHasItsOwn() {
        var one = client(connect(""));
        var two = client(connect(""));

        one.subscribe(topic("a"), 0);
        two.publish(topic("a"), "x", 0);

        one.expectPublish(topic("a"), "x");
        two.expectNothing();
    }

    @Test // [MQTT-3.1.3-7] [MQTT-3.1.3-8] [MQTT-3.1.3-9]
    void givenEmptyIdentifier_whenConnectingWithoutCleanSession_thenIdentifierRejected() {
        var probe = open();

        Connack connack = probe.connect(connect("").resume());

        assertThat(connack.code()).isEqualTo(2);
        assertThat(connack.sessionPresent()).isFalse();
        probe.expectClosed();
    }

    @Test // [MQTT-3.1.3-10]
    void givenConnection_whenWillTopicIsNotUtf8_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("will"))
                .willBytes(hex("61C080"), hex("00"), 0, false, io.marquetry.itests.support.Props.none()));

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.3-11]
    void givenConnection_whenUserNameIsNotUtf8_thenItIsClosed() {
        var probe = open();

        probe.send(connect(id("user")).usernameBytes(hex("61EDA080")));

        probe.expectClosed();
    }

    static Stream<Arguments> invalidConnects() {
        return Stream.of(
                arguments("surplus bytes", connect("surplus").surplus((byte) 0)),
                arguments("nothing behind the name", raw(0x10, hex("0004 4D515454"))),
                arguments("empty body", raw(0x10)),
                arguments("name longer than the packet", raw(0x10, hex("00FF 4D515454 04 02 003C 0001 61"))));
    }

    @ParameterizedTest(name = "{0}") // [MQTT-3.1.4-1]
    @MethodSource("invalidConnects")
    void givenConnection_whenConnectIsInvalid_thenItIsClosedWithoutConnack(String name, Outgoing<?> packet) {
        var probe = open();

        probe.send(packet);

        probe.expectClosed();
    }

    @Test // [MQTT-3.1.4-2]
    void givenClient_whenAnotherConnectsWithItsIdentifier_thenTheFirstIsDisconnected() {
        var first = client("same");

        client("same").ping();

        first.expectClosed();
    }

    @Test // [MQTT-3.1.4-3] [MQTT-3.1.4-4]
    void givenSession_whenAnotherConnectTakesItOver_thenItIsTreatedByCleanSession() {
        var first = client(connect(id("over")).resume());
        first.subscribe(topic("a"), 1);

        var second = open();
        assertThat(second.connectOk(connect(id("over")).resume()).sessionPresent())
                .isTrue();
        first.expectClosed();
        var third = open();
        assertThat(third.connectOk(connect(id("over"))).sessionPresent()).isFalse();
        second.expectClosed();

        third.publish(topic("a"), "x", 0);
        third.expectNothing();
    }

    @Test // [MQTT-3.1.4-5]
    void givenRefusedConnect_whenPacketsFollowAtOnce_thenTheyAreNotProcessed() {
        var watcher = client("watcher");
        watcher.subscribe(topic("#"), 0);
        var probe = open();

        probe.sendTogether(connect("").resume(), publish(topic("after"), "x"));
        probe.expectConnectRefused(2);

        watcher.publish(topic("end"), "end", 0);
        watcher.expectPublish(topic("end"), "end");
    }
}
