// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import org.junit.jupiter.api.Test;

class RoutingTest extends BrokerTest {
    @Test
    void givenSubscriberOnAnotherLoop_whenPublished_thenItComes() {
        TestBroker broker = startOn(2);
        TestClient subscriber = broker.connection(V5).connect(broker.idAt(1, "sub"));
        TestClient publisher = broker.connection(V3).connect(broker.idAt(0, "pub"));
        subscriber.subscribe("a/#", 2);

        publisher.publish("a/b", "hello", 1, 9);

        assertThat(subscriber.story()).containsExactly("PUBLISH q1 a/b hello");
        assertThat(publisher.story()).containsExactly("PUBACK 9");
    }
}
