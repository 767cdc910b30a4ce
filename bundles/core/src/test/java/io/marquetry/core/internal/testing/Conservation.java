// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.broker.Broker;
import java.util.Map;

/** The two equations of the accounting: no publish and no copy of one is ever unaccounted for. */
public final class Conservation {
    private Conservation() {}

    /** Checks both; every loop must be at rest, and no publish held by a hook. */
    public static void check(Broker broker) {
        Map<String, Long> fate = broker.statistics().accounting();
        assertThat(fate.get("routed") + fate.get("no_subscribers") + fate.get("refused") + fate.get("qos2_duplicate"))
                .as("what became of every publish received: %s", fate)
                .isEqualTo(fate.get("received"));
        assertThat(fate.get("delivered")
                        + fate.get("queued")
                        + fate.get("in_flight")
                        + fate.get("expired")
                        + fate.get("dropped"))
                .as("what became of every copy made: %s", fate)
                .isEqualTo(
                        fate.get("matched") + fate.get("retained") + fate.get("redispatched") + fate.get("recovered"));
        assertThat(fate).allSatisfy((name, value) -> assertThat(value).as(name).isNotNegative());
    }

    /** Checks that nothing is left when every session has ended. */
    static void checkEmpty(Broker broker) {
        Map<String, Long> fate = broker.statistics().accounting();
        assertThat(fate.get("queued")).as("queued").isZero();
        assertThat(fate.get("in_flight")).as("in flight").isZero();
        Map<String, Long> gauges = broker.statistics().gauges();
        for (String gauge :
                new String[] {"connections", "sessions", "subscriptions", "subscriptions.shared", "topics"}) {
            assertThat(gauges.get(gauge + ".count")).as(gauge).isZero();
        }
        if (gauges.get("retained.count") == 0) {
            assertThat(gauges.get("node.bytes")).as("bytes that the node holds").isZero();
        }
        assertThat(broker.listeners().of("tcp:default").connections())
                .as("connections of the listener")
                .isZero();
    }
}
