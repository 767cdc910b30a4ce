// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import java.util.Optional;

/** What a broker does for whom while its store takes nothing. */
final class StuckStore {
    private static final int QUOTA_EXCEEDED = 0x97;
    private static final int HOLD_SECONDS = 1;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String SUBSCRIBER = "kept-subscriber";
    private static final String TOPIC = "kept-topic";

    private StuckStore() {}

    /** Sets how long older clients are left waiting. */
    static BrokerSettings settings(BrokerSettings settings) {
        return settings.env("MARQUETRY_MQTT__REFUSE_HOLD_SECONDS", Integer.toString(HOLD_SECONDS));
    }

    /** While all is well: has the session because of which a publish needs the store. */
    static void prepare(int port) {
        try (Probe subscriber = Probe.open(port, Version.V5)) {
            subscriber.connectOk(Packets.connect(SUBSCRIBER).lasting(100_000));
            subscriber.subscribe(TOPIC, 1);
            subscriber.disconnect();
        }
    }

    /** Nothing is acknowledged that must be kept, and everything else goes on. */
    static void assertHonest(int port) {
        try (Probe publisher = Probe.open(port, Version.V5)) {
            publisher.connectOk(Packets.connect("refused5"));
            for (int qos = 1; qos <= 2; qos++) {
                assertThat(publisher.publish(TOPIC, "refused", qos))
                        .as("QoS %d", qos)
                        .isEqualTo(QUOTA_EXCEEDED);
            }
            assertThat(publisher.publish(
                            Packets.publish("kept-retained", "refused").qos(1).retain()))
                    .isEqualTo(QUOTA_EXCEEDED);
            publisher.disconnect();
        }
        try (Probe publisher = Probe.open(port, Version.V311)) {
            publisher.connectOk(Packets.connect("refused4"));
            publisher.send(Packets.publish(TOPIC, "refused").qos(1).id(1));
            publisher.expectClosed(LIMIT);
        }
        try (Probe lasting = Probe.open(port, Version.V5)) {
            lasting.send(Packets.connect("newcomer").lasting(100_000));
            Optional<Connack> connack = lasting.nextIfAny(LIMIT).map(Connack.class::cast);
            assertThat(connack.map(Connack::code))
                    .as("CONNECT of a session that lasts")
                    .isNotEqualTo(Optional.of(0));
        }
        try (Probe subscriber = Probe.open(port, Version.V311);
                Probe publisher = Probe.open(port, Version.V5)) {
            subscriber.connectOk(Packets.connect("goes-on"));
            subscriber.subscribe("goes/on", 2);
            publisher.connectOk(Packets.connect("goes-on-too"));
            for (int qos = 0; qos <= 2; qos++) {
                assertThat(publisher.publish("goes/on", "QoS " + qos, qos)).isZero();
                Publish publish = subscriber.expect(Publish.class);
                assertThat(publish.text()).isEqualTo("QoS " + qos);
                subscriber.acknowledge(publish);
            }
            // To a session that lasts too: what is QoS 0 need not survive.
            assertThat(publisher.publish(TOPIC, "QoS 0", 0)).isZero();
            publisher.ping();
        }
    }

    /** It takes everything again; who waits gets what was acknowledged and nothing that was refused. */
    static void assertWell(int port) {
        try (Probe publisher = Probe.open(port, Version.V5)) {
            publisher.connectOk(Packets.connect("accepted"));
            assertThat(publisher.publish(TOPIC, "accepted", 1)).isZero();
            publisher.disconnect();
        }
        try (Probe subscriber = Probe.open(port, Version.V5)) {
            assertThat(subscriber
                            .connectOk(Packets.connect(SUBSCRIBER).lasting(100_000))
                            .sessionPresent())
                    .isTrue();
            Publish publish = subscriber.expect(Publish.class);
            while (publish.qos() == 0) {
                publish = subscriber.expect(Publish.class);
            }
            assertThat(publish.text()).isEqualTo("accepted");
            subscriber.send(Packets.puback(publish.id()));
            subscriber.expectNothing();
        }
        try (Probe reader = Probe.open(port, Version.V5)) {
            reader.connectOk(Packets.connect("reader"));
            reader.subscribe("kept-retained", 0);
            reader.expectNothing();
        }
    }
}
