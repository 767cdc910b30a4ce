// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import org.junit.jupiter.api.Test;

/** 3.11 UNSUBACK. */
class Chapter311UnsubackTest extends V5Test {
    @Test // [MQTT-3.11.2-1] [MQTT-3.11.2-2]
    void givenSmallMaximumPacketSize_whenUnsubscribed_thenUnsubackIsNotLarger() {
        var client = client(connect(id("s")).props(Props.with(Property.MAXIMUM_PACKET_SIZE, 60)));

        client.unsubscribe(topic("a"), topic("b"), topic("c"));

        assertThat(client.largestPacket()).isLessThanOrEqualTo(60);
    }

    @Test // [MQTT-3.11.3-1] [MQTT-3.11.3-2]
    void givenKnownAndUnknownFilters_whenUnsubscribed_thenCodesAreInTheirOrder() {
        var client = client("order");
        client.subscribe(subscribe(1).to(topic("a"), 2).to(topic("c"), 0));

        assertThat(client.unsubscribe(topic("a"), topic("b"), topic("c")).codes())
                .containsExactly(0x00, 0x11, 0x00);
    }
}
