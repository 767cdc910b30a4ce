// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.disconnect;
import static io.marquetry.itests.support.Packets.pingreq;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Suback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.14 DISCONNECT. */
class Chapter314DisconnectTest extends V5Test {
    @Test // [MQTT-3.14.0-1]
    void givenConnection_whenItIsRefusedBeforeConnack_thenNoDisconnectIsSent() {
        var probe = open();

        probe.send(publish(topic("a"), "x"));

        probe.expectClosed();
    }

    @ParameterizedTest // [MQTT-3.14.1-1]
    @ValueSource(ints = {0xE1, 0xE2, 0xE4, 0xE8, 0xEF})
    void givenClient_whenFlagsAreWrong_thenMalformedPacket(int firstByte) {
        var client = client("flags");

        client.send(disconnect().firstByte(firstByte));

        client.expectRefusal(0x81);
    }

    @ParameterizedTest // [MQTT-3.14.2-1]
    @ValueSource(ints = {0x01, 0x03, 0x05, 0x7F, 0x84, 0xFF})
    void givenClient_whenReasonIsNotOfTheTable_thenRefused(int reason) {
        var client = client("reason");

        client.send(disconnect(reason));

        client.expectRefusal(0x81, 0x82);
    }

    @Test // [MQTT-3.14.2-2] [MQTT-3.14.2-3] [MQTT-3.14.2-4]
    void givenSmallMaximumPacketSize_whenServerDisconnects_thenThePacketIsNotLargerAndHasNoSessionExpiry() {
        var client = client(connect(id("small")).props(Props.with(Property.MAXIMUM_PACKET_SIZE, 60)));

        client.send(subscribe(0).to(topic("a"), 0));

        client.expectRefusal(0x81, 0x82);
        // That there is no Session Expiry Interval is checked by the probe.
        assertThat(client.largestPacket()).isLessThanOrEqualTo(60);
    }

    @Test // [MQTT-3.14.4-1]
    void givenServerDisconnected_whenOtherAnswersWereDue_thenDisconnectIsTheLastPacket() {
        var client = client("last");

        client.sendTogether(subscribe(1).to(topic("a"), 0), connect(id("last")), pingreq(), pingreq());

        client.expect(Suback.class);
        client.expectRefusal(0x82);
    }

    @Test // [MQTT-3.14.4-1]
    void givenClientDisconnected_whenMorePacketsFollow_thenTheyAreNotProcessed() {
        var watcher = client("watcher");
        watcher.subscribe(topic("a"), 0);
        var client = client("leaves");

        client.sendTogether(disconnect(), publish(topic("a"), "after the end"));
        client.expectClosed();

        watcher.publish(topic("a"), "end", 0);
        watcher.expectPublish(topic("a"), "end");
    }

    @ParameterizedTest // [MQTT-3.14.4-2]
    @ValueSource(ints = {0x00, 0x04, 0x80, 0x83, 0x99})
    void givenClient_whenItDisconnects_thenTheConnectionIsClosed(int reason) {
        var client = client("closes");

        client.send(disconnect(reason));

        client.expectClosed();
    }

    @Test // [MQTT-3.14.4-3]
    void givenWill_whenClientDisconnectsNormally_thenItIsDiscarded() {
        var watcher = client("watcher");
        watcher.subscribe(topic("will"), 0);
        var client = client(connect(id("normal")).will(topic("will"), "gone", 0, false));

        client.disconnect();

        watcher.publish(topic("will"), "end", 0);
        watcher.expectPublish(topic("will"), "end");
    }

    @Test // 3.14.2.2.2: an expiry may not rise from 0
    void givenSessionWithoutExpiry_whenDisconnectSetsOne_thenProtocolError() {
        var client = client("zero");

        client.send(disconnect().props(Props.with(Property.SESSION_EXPIRY, 60)));

        client.expectRefusal(0x82);
    }

    @Test // 3.14.2.2: the long form with properties
    void givenClient_whenDisconnectHasProperties_thenItIsAccepted() {
        var client = client("props");

        client.send(disconnect(0x00).props(Props.user("k", "v").and(Property.REASON_STRING, "done")));

        client.expectClosed();
    }

    @Test // 3.14.2.2.2
    void givenClient_whenDisconnectSetsASessionExpiry_thenItCounts() {
        client(connect(id("longer")).lasting(1))
                .disconnect(disconnect().props(Props.with(Property.SESSION_EXPIRY, 60)));

        var after = open();
        assertThat(after.connectOk(connect(id("longer")).resume()).sessionPresent())
                .isTrue();
        after.disconnect(disconnect());
    }
}
