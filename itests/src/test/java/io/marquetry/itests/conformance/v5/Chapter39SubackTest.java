// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v5;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Suback;
import org.junit.jupiter.api.Test;

/** 3.9 SUBACK. */
class Chapter39SubackTest extends V5Test {
    @Test // [MQTT-3.9.2-1] [MQTT-3.9.2-2]
    void givenSmallMaximumPacketSize_whenSubscribed_thenSubackIsNotLarger() {
        var client = client(connect(id("s")).props(Props.with(Property.MAXIMUM_PACKET_SIZE, 60)));

        client.subscribe(subscribe(1).to(topic("a"), 0).to(topic("b"), 1).to(topic("c"), 2));

        assertThat(client.largestPacket()).isLessThanOrEqualTo(60);
    }

    @Test // [MQTT-3.9.3-1]
    void givenFiltersOfDifferentQos_whenSubscribed_thenCodesAreInTheirOrder() {
        var client = client("order");

        Suback suback = client.subscribe(subscribe(1)
                .to(topic("a"), 2)
                .to(topic("b"), 0)
                .to(topic("c"), 1)
                .to(topic("d"), 2));

        assertThat(suback.codes()).containsExactly(2, 0, 1, 2);
    }

    @Test // [MQTT-3.9.3-2]
    void givenFilters_whenSubscribed_thenCodesAreOfTheTable() {
        var client = client("table");

        // The probe fails on a code that is not in the table.
        Suback suback = client.subscribe(
                subscribe(1).to(topic("+/#"), 0).to("$share/g/" + topic("a"), 1).to("$SYS/#", 2));

        assertThat(suback.codes()).hasSize(3);
    }
}
