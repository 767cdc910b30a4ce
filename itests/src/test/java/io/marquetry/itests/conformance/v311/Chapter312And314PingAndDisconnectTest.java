// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.disconnect;
import static io.marquetry.itests.support.Packets.pingreq;
import static io.marquetry.itests.support.Packets.publish;

import io.marquetry.itests.support.Received.Pingresp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 3.12 PINGREQ, 3.13 PINGRESP, 3.14 DISCONNECT. */
class Chapter312And314PingAndDisconnectTest extends V311Test {
    @Test // [MQTT-3.12.4-1]
    void givenClient_whenPingreqIsSent_thenPingrespComes() {
        client("pinger").send(pingreq()).expect(Pingresp.class);
    }

    @ParameterizedTest // [MQTT-3.14.1-1]
    @ValueSource(ints = {0xE1, 0xE2, 0xE8})
    void givenClientWithWill_whenFlagsOfDisconnectAreWrong_thenItIsClosedAndTheWillIsPublished(int firstByte) {
        var watcher = client("watcher");
        watcher.subscribe(topic("will"), 0);
        var client = client(connect(id("flags")).will(topic("will"), "gone", 0, false));

        client.send(disconnect().firstByte(firstByte));

        client.expectClosed();
        watcher.expectPublish(topic("will"), "gone");
    }

    @Test // [MQTT-3.14.4-1]
    void givenClient_whenItDisconnects_thenTheConnectionIsClosed() {
        client("leaves").disconnect();
    }

    @Test // [MQTT-3.14.4-2]
    void givenClientDisconnected_whenMorePacketsFollow_thenTheyAreNotProcessed() {
        var watcher = client("watcher");
        watcher.subscribe(topic("a"), 0);
        var client = client("late");

        client.sendTogether(disconnect(), publish(topic("a"), "after the end"));
        client.expectClosed();

        watcher.publish(topic("a"), "end", 0);
        watcher.expectPublish(topic("a"), "end");
    }

    @Test // [MQTT-3.14.4-3]
    void givenWill_whenClientDisconnects_thenItIsDiscarded() {
        var watcher = client("watcher");
        watcher.subscribe(topic("will"), 0);

        client(connect(id("normal")).will(topic("will"), "gone", 0, false)).disconnect();

        watcher.publish(topic("will"), "end", 0);
        watcher.expectPublish(topic("will"), "end");
    }
}
