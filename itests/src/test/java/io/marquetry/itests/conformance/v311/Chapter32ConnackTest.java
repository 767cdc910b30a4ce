// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v311;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Received.Connack;
import org.junit.jupiter.api.Test;

/** 3.2 CONNACK. */
class Chapter32ConnackTest extends V311Test {
    @Test // [MQTT-3.2.0-1]
    void givenSessionWithQueuedMessages_whenResumed_thenConnackComesFirst() {
        var before = client(connect(id("first")).resume());
        before.subscribe(topic("a"), 1);
        before.disconnect();
        client("publisher").publish(topic("a"), "queued", 1);

        var after = open();
        after.send(connect(id("first")).resume());

        after.expect(Connack.class);
        after.acknowledge(after.expectPublish(topic("a"), "queued"));
    }

    @Test // [MQTT-3.2.2-1]
    void givenSession_whenConnectingWithCleanSession_thenSessionPresentIsZero() {
        client(connect(id("clean")).resume()).disconnect();

        Connack connack = open().connect(connect(id("clean")));

        assertThat(connack.code()).isZero();
        assertThat(connack.sessionPresent()).isFalse();
    }

    @Test // [MQTT-3.2.2-2]
    void givenSession_whenConnectingWithoutCleanSession_thenSessionPresentIsOne() {
        client(connect(id("resume")).resume()).disconnect();

        Connack connack = open().connect(connect(id("resume")).resume());

        assertThat(connack.code()).isZero();
        assertThat(connack.sessionPresent()).isTrue();
    }

    @Test // [MQTT-3.2.2-3]
    void givenNoSession_whenConnectingWithoutCleanSession_thenSessionPresentIsZero() {
        Connack connack = open().connect(connect(id("none")).resume());

        assertThat(connack.code()).isZero();
        assertThat(connack.sessionPresent()).isFalse();
    }

    @Test // [MQTT-3.2.2-4] [MQTT-3.2.2-5]
    void givenRefusedConnect_whenAnswered_thenSessionPresentIsZeroAndConnectionIsClosed() {
        var probe = open();

        probe.send(connect("").resume());

        // Checks Session Present too.
        probe.expectConnectRefused(2);
    }

    @Test // [MQTT-3.2.2-6]
    void givenConnectForWhichNoReturnCodeFits_whenSent_thenItIsClosedWithoutConnack() {
        var probe = open();

        probe.send(connect(id("flags")).connectFlags(0x03));

        probe.expectClosed();
    }
}
