// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Outgoing;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A device on a flaky line that asks for many retained messages once, and gets all of them. */
@OnlyMarquetry
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnfinishedSearchIT {
    private static final int RETAINED = 20_000;
    private static final int WINDOW = 50;

    private BrokerProcess broker;

    @BeforeAll
    void start() {
        broker = BrokerProcess.start(StoreBroker.settings());
        try (Probe publisher = broker.open(Version.V5)) {
            publisher.connectOk(Packets.connect("retains"));
            for (int i = 0; i < RETAINED; i += WINDOW) {
                Outgoing<?>[] some = new Outgoing<?>[WINDOW];
                for (int j = 0; j < WINDOW; j++) {
                    some[j] = Packets.publish("a/" + (i + j), "x")
                            .qos(1)
                            .id(j + 1)
                            .retain();
                }
                publisher.sendTogether(some);
                for (int j = 0; j < WINDOW; j++) {
                    publisher.expect(Puback.class);
                }
            }
        }
    }

    @AfterAll
    void stop() {
        Accounting.assertBalanced(broker.port());
        broker.close();
    }

    @Test
    void givenConnectionsThatBreak_whenTheClientIsBack_thenAllComeAndNoneTwice() {
        Set<String> came = new HashSet<>();
        int twice = 0;
        try (Probe subscriber = connect("flaky", false)) {
            subscriber.subscribe("a/#", 1);
            twice += take(subscriber, came, 3_000);
            subscriber.drop();
        }
        try (Probe subscriber = connect("flaky", true)) {
            twice += take(subscriber, came, 12_000);
            subscriber.drop();
        }
        try (Probe subscriber = connect("flaky", true)) {
            twice += take(subscriber, came, RETAINED);

            assertThat(came).hasSize(RETAINED);
            assertThat(twice).isZero();
            subscriber.expectNothing();
        }
    }

    @Test
    void givenBrokersThatAreKilled_whenTheClientIsBack_thenAllCome() throws Exception {
        Set<String> came = new HashSet<>();
        try (Probe subscriber = connect("killed", false)) {
            subscriber.subscribe("a/#", 1);
            take(subscriber, came, 3_000);
            broker.kill9();
        }
        broker.restart();
        try (Probe subscriber = connect("killed", true)) {
            take(subscriber, came, 6_000);
            broker.kill9();
        }
        broker.restart();
        try (Probe subscriber = connect("killed", true)) {
            take(subscriber, came, RETAINED);
            assertThat(came).hasSize(RETAINED);
        }
    }

    /** Takes and acknowledges until so many topics have come; returns how often one came again without DUP. */
    private static int take(Probe subscriber, Set<String> came, int count) {
        int again = 0;
        while (came.size() < count) {
            Publish publish = subscriber.expect(Publish.class);
            if (!came.add(publish.topic()) && !publish.dup()) {
                again++;
            }
            subscriber.acknowledge(publish);
        }
        return again;
    }

    private Probe connect(String clientId, boolean present) {
        Probe probe = broker.open(Version.V5);
        boolean found = probe.connectOk(Packets.connect(clientId)
                        .resume()
                        .props(Props.with(Property.SESSION_EXPIRY, 100_000).and(Property.RECEIVE_MAXIMUM, 10)))
                .sessionPresent();
        assertThat(found).isEqualTo(present);
        return probe;
    }
}
