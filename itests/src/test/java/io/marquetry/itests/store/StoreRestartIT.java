// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Received.Pubrel;
import io.marquetry.itests.support.Version;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** What a session and the broker remember across an orderly stop and a start. */
@OnlyMarquetry
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.MethodName.class)
class StoreRestartIT {
    private static final long LASTING = 100_000;

    private BrokerProcess broker;

    @BeforeAll
    void start() {
        broker = BrokerProcess.start(StoreBroker.settings());
    }

    @AfterAll
    void stop() {
        Accounting.assertBalanced(broker.port());
        broker.close();
    }

    @Test
    void givenMessagesThatWait_whenRestarted_thenTheyComeInOrderWithTheirProperties() {
        try (Probe subscriber = client(Version.V5, lasting("waits"))) {
            subscriber.subscribe(Packets.subscribe(1)
                    .props(Props.with(Property.SUBSCRIPTION_ID, 77))
                    .to("waits/#", 1 | 0x08)); // Retain As Published
            subscriber.disconnect();
        }
        try (Probe publisher = client(Version.V5, Packets.connect("brings"))) {
            publisher.publish(Packets.publish("waits/1", "one")
                    .qos(2)
                    .props(Props.with(Property.RESPONSE_TOPIC, "answer").and(Property.CONTENT_TYPE, "text")));
            publisher.publish(Packets.publish("waits/2", "two").qos(1).retain());
            publisher.publish(Packets.publish("waits/1", "three").qos(1));
        }

        restart();

        try (Probe subscriber = resumed(Version.V5, lasting("waits"))) {
            Publish one = subscriber.expectPublish("waits/1", "one");
            assertThat(one.dup()).isFalse();
            assertThat(one.qos()).isEqualTo(1);
            assertThat(one.props().toString())
                    .contains("answer")
                    .contains("text")
                    .contains("77");
            Publish two = subscriber.expectPublish("waits/2", "two");
            assertThat(two.retain()).isTrue();
            Publish three = subscriber.expectPublish("waits/1", "three");
            for (Publish publish : List.of(one, two, three)) {
                subscriber.send(Packets.puback(publish.id()));
            }
            subscriber.expectNothing();
        }
    }

    @Test
    void givenMessagesInFlight_whenRestarted_thenTheyGoOnWhereTheyWere() {
        try (Probe subscriber = client(Version.V311, lasting("flies"))) {
            subscriber.subscribe("flies", 2);
            try (Probe publisher = client(Version.V5, Packets.connect("brings"))) {
                publisher.publish("flies", "unanswered 1", 1);
                publisher.publish("flies", "unanswered 2", 2);
                publisher.publish("flies", "received", 2);
                publisher.publish("flies", "done", 2);
            }
            Publish one = subscriber.expectPublish("flies", "unanswered 1");
            Publish two = subscriber.expectPublish("flies", "unanswered 2");
            Publish received = subscriber.expectPublish("flies", "received");
            Publish done = subscriber.expectPublish("flies", "done");
            for (Publish publish : List.of(received, done)) {
                subscriber.send(Packets.pubrec(publish.id()));
                assertThat(subscriber.expect(Pubrel.class).id()).isEqualTo(publish.id());
            }
            subscriber.send(Packets.pubcomp(done.id()));
            subscriber.expectNothing();

            restart();

            try (Probe again = resumed(Version.V311, lasting("flies"))) {
                // [MQTT-4.4.0-1] with the identifiers of before, and nothing of what was done.
                Publish oneAgain = again.expectPublish("flies", "unanswered 1");
                Publish twoAgain = again.expectPublish("flies", "unanswered 2");
                assertThat(oneAgain.dup() && twoAgain.dup()).isTrue();
                assertThat(oneAgain.id()).isEqualTo(one.id());
                assertThat(twoAgain.id()).isEqualTo(two.id());
                assertThat(again.expect(Pubrel.class).id()).isEqualTo(received.id());
                again.send(Packets.pubcomp(received.id()));
                again.send(Packets.puback(one.id()));
                again.send(Packets.pubrec(two.id()));
                again.expect(Pubrel.class);
                again.send(Packets.pubcomp(two.id()));
                again.expectNothing();
            }
        }
    }

    @Test
    void givenQos2MessageThatWasNotReleased_whenRestartedAndSentAgain_thenNobodyGetsItTwice() {
        try (Probe subscriber = client(Version.V5, lasting("once"))) {
            subscriber.subscribe("once", 2);
        }
        try (Probe publisher = client(Version.V311, lasting("sends"))) {
            publisher.send(Packets.publish("once", "first").qos(2).id(7));
            publisher.expect(Pubrec.class);
            publisher.send(Packets.publish("once", "second").qos(2).id(8));
            publisher.expect(Pubrec.class);
            publisher.send(Packets.pubrel(8));
            publisher.expect(Pubcomp.class);
        }

        restart();

        try (Probe publisher = resumed(Version.V311, lasting("sends"))) {
            publisher.send(Packets.publish("once", "first").qos(2).id(7).dup());
            assertThat(publisher.expect(Pubrec.class).id()).isEqualTo(7);
            publisher.send(Packets.pubrel(7));
            assertThat(publisher.expect(Pubcomp.class).id()).isEqualTo(7);
            // Both identifiers are free for other messages.
            publisher.publish(Packets.publish("once", "third").qos(2).id(7));
            publisher.publish(Packets.publish("once", "fourth").qos(2).id(8));
        }
        try (Probe subscriber = resumed(Version.V5, lasting("once"))) {
            for (String text : List.of("first", "second", "third", "fourth")) {
                Publish publish = subscriber.await(Publish.class);
                assertThat(publish.text()).isEqualTo(text);
                subscriber.send(Packets.pubrec(publish.id()));
                subscriber.await(Pubrel.class);
                subscriber.send(Packets.pubcomp(publish.id()));
            }
            subscriber.expectNothing();
        }
    }

    @Test
    void givenThingsThatEnd_whenTheBrokerIsDownMeanwhile_thenTheyHaveEnded() {
        try (Probe watcher = client(Version.V5, lasting("watches"))) {
            watcher.subscribe("ends/#", 1);
        }
        try (Probe brief = client(Version.V5, Packets.connect("brief").lasting(1))) {
            brief.subscribe("ends/brief", 1);
        }
        // Its will is due when the broker is down.
        try (Probe mourned = client(
                Version.V5,
                lasting("mourned").will("ends/will", "gone", 1, true, Props.with(Property.WILL_DELAY, 1)))) {
            mourned.subscribe("nothing", 0);
        }
        try (Probe publisher = client(Version.V5, Packets.connect("brings"))) {
            publisher.publish(
                    Packets.publish("ends/soon", "soon").qos(1).retain().props(Props.with(Property.MESSAGE_EXPIRY, 1)));
            publisher.publish(Packets.publish("ends/later", "later")
                    .qos(1)
                    .retain()
                    .props(Props.with(Property.MESSAGE_EXPIRY, 1000)));
            publisher.publish(Packets.publish("ends/kept", "kept").qos(1).retain());
            publisher.publish(Packets.publish("ends/cleared", "cleared").qos(1).retain());
            publisher.publish(Packets.publish("ends/cleared", "").qos(1).retain());
        }
        long since = System.nanoTime();

        broker.stop();
        Patience.until("2 s to pass", () -> System.nanoTime() - since > 2_000_000_000L);
        broker.restart();

        try (Probe brief = broker.open(Version.V5)) {
            Connack connack = brief.connect(Packets.connect("brief").lasting(1));
            assertThat(connack.sessionPresent()).isFalse();
        }
        try (Probe watcher = resumed(Version.V5, lasting("watches"))) {
            List<String> came = new ArrayList<>();
            // The will has its turn when the broker is up; the others waited.
            while (came.size() < 5) {
                Publish publish = watcher.expect(Publish.class);
                came.add(publish.text());
                watcher.send(Packets.puback(publish.id()));
                if (publish.text().equals("later")) {
                    assertThat(publish.props().number(Property.MESSAGE_EXPIRY))
                            .hasValueSatisfying(left -> assertThat(left).isLessThan(1000));
                }
            }
            assertThat(came).containsExactlyInAnyOrder("later", "kept", "cleared", "", "gone");
        }
        try (Probe late = client(Version.V5, Packets.connect("late"))) {
            late.subscribe("ends/#", 0);
            List<String> retained = new ArrayList<>();
            late.send(Packets.pingreq());
            while (late.next() instanceof Publish publish) {
                retained.add(publish.text());
            }
            assertThat(retained).containsExactlyInAnyOrder("later", "kept", "gone");
        }
    }

    @Test
    void givenSessionsThatEnded_whenRestarted_thenNothingOfThemIsThere() {
        try (Probe clean = client(Version.V5, lasting("ended"))) {
            clean.subscribe("ended", 1);
            clean.unsubscribe("ended");
            clean.subscribe("ended/still", 1);
            clean.disconnect();
        }
        try (Probe clean = client(Version.V311, lasting("cleaned"))) {
            clean.subscribe("ended/cleaned", 1);
            clean.disconnect();
        }
        try (Probe clean = client(Version.V311, Packets.connect("cleaned"))) {
            clean.disconnect();
        }
        try (Probe publisher = client(Version.V5, Packets.connect("brings"))) {
            publisher.publish("ended", "unsubscribed", 1);
            publisher.publish("ended/still", "still", 1);
        }

        restart();

        try (Probe clean = resumed(Version.V5, lasting("ended"))) {
            clean.expectPublish("ended/still", "still");
            clean.expectNothing();
        }
        try (Probe clean = broker.open(Version.V311)) {
            assertThat(clean.connect(lasting("cleaned")).sessionPresent()).isFalse();
        }
        try (Probe publisher = client(Version.V5, Packets.connect("brings"))) {
            publisher.send(Packets.publish("ended/cleaned", "nobody").qos(1).id(1));
            assertThat(publisher.expect(Puback.class).code()).isEqualTo(0x10); // No matching subscribers
        }
    }

    private void restart() {
        broker.stop();
        broker.restart();
    }

    private static ConnectPacket lasting(String clientId) {
        return Packets.connect(clientId).lasting(LASTING);
    }

    private Probe client(Version version, ConnectPacket connect) {
        Probe probe = broker.open(version);
        probe.connectOk(connect);
        return probe;
    }

    private Probe resumed(Version version, ConnectPacket connect) {
        Probe probe = broker.open(version);
        assertThat(probe.connectOk(connect).sessionPresent()).isTrue();
        return probe;
    }
}
