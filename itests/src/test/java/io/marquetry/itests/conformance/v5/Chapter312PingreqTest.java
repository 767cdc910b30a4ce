// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.pingreq;

import io.marquetry.itests.support.Received.Pingresp;
import org.junit.jupiter.api.Test;

/** 3.12 PINGREQ and 3.13 PINGRESP. */
class Chapter312PingreqTest extends V5Test {
    @Test // [MQTT-3.12.4-1]
    void givenClient_whenPingreqIsSent_thenPingrespComes() {
        var client = client("pinger");

        client.send(pingreq()).expect(Pingresp.class);
    }

    @Test // [MQTT-3.12.4-1]
    void givenClient_whenManyPingreqsAreSentAtOnce_thenEachIsAnswered() {
        var client = client("pinger");

        client.sendTogether(pingreq(), pingreq(), pingreq());

        client.expect(Pingresp.class);
        client.expect(Pingresp.class);
        client.expect(Pingresp.class);
        client.expectNothing();
    }
}
