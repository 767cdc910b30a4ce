// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.internal.config.SysSettings;
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

    @Test
    void givenManyMatchesOnAnotherLoop_whenTwoTopicsComeInOneTurn_thenNeitherGoesAstray() {
        TestBroker broker = startOn(2);
        TestClient every = broker.connection(V5).connect(broker.idAt(1, "every"));
        for (int bits = 0; bits < 16; bits++) { // as many nodes as the finder's array has places
            every.subscribe(
                    ((bits & 1) == 0 ? "a" : "+")
                            + ((bits & 2) == 0 ? "/b" : "/+")
                            + ((bits & 4) == 0 ? "/c" : "/+")
                            + ((bits & 8) == 0 ? "/d" : "/+"),
                    0);
        }
        TestClient other =
                broker.connection(V5).connect(broker.idAt(1, "other")).subscribe("w/x/y/z", 0);
        TestClient publisher = broker.connection(V3).connect(broker.idAt(0, "pub"));

        publisher.publish("a/b/c/d", "first", 0, 0).publish("w/x/y/z", "second", 0, 0);

        broker.settle();
        assertThat(other.messages()).containsExactly("second");
        assertThat(every.messages()).containsExactly("first", "second");
    }

    @Test
    void givenChangedInterval_whenTimePasses_thenThereIsOneSeriesAndNotTwo() {
        TestBroker broker = start();
        TestClient watcher = broker.connection(V5).connect("watcher").subscribe("$SYS/brokers/+/uptime", 0);
        broker.broker().start();
        broker.settle();
        broker.broker().settings(new SysSettings(0, 0, false, false, false, false));
        broker.broker().settings(new SysSettings(60, 10, false, false, false, false));
        broker.broker().settings(new SysSettings(60, 20, false, false, false, false));
        watcher.drain();

        broker.advance(60_000);

        assertThat(watcher.drain()).hasSize(3);
    }

    @Test
    void givenNoSubscriber_whenPublished_thenThePublisherIsToldAndItIsAccountedFor() {
        TestBroker broker = start();
        TestClient publisher = broker.connection(V5).connect("pub");

        publisher.publish("a", "x", 1, 1);

        assertThat(publisher.story()).containsExactly("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        assertThat(broker.fate("no_subscribers")).isEqualTo(1);
    }
}
