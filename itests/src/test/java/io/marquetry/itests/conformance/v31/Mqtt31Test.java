// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.conformance.v31;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Connack;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of MQTT 3.1. */
class Mqtt31Test extends BrokerTest {
    private Probe client(String name) {
        return client(Version.V31, name);
    }

    @ParameterizedTest // MQTT 3.1 4.1 to 4.3
    @ValueSource(ints = {0, 1, 2})
    void givenTwoClients_whenOnePublishes_thenTheOtherReceives(int qos) {
        var subscriber = client("subscriber");
        assertThat(subscriber.subscribe(topic("a/+"), qos)).isEqualTo(qos);

        client("publisher").publish(topic("a/b"), "x", qos);

        Publish publish = subscriber.expectPublish(topic("a/b"), "x");
        assertThat(publish.qos()).isEqualTo(qos);
        subscriber.acknowledge(publish);
        subscriber.expectNothing();
    }

    @Test // MQTT 3.1 3.2: the byte before the return code is reserved and not used
    void givenSession_whenResumed_thenConnackHasNoSessionPresent() {
        client(Version.V31, connect(id("resume")).resume()).disconnect();

        Connack connack = open(Version.V31).connect(connect(id("resume")).resume());

        assertThat(connack.code()).isZero();
        assertThat(connack.sessionPresent()).isFalse();
    }

    @Test // MQTT 3.1 3.1: Clean session flag
    void givenSessionThatIsNotClean_whenClientReturns_thenQueuedMessagesCome() {
        var before = client(Version.V31, connect(id("away")).resume());
        before.subscribe(topic("a"), 1);
        before.disconnect();
        client("publisher").publish(topic("a"), "queued", 1);

        var after = client(Version.V31, connect(id("away")).resume());

        after.acknowledge(after.expectPublish(topic("a"), "queued"));
    }

    @Test // MQTT 3.1 3.1: Will
    void givenClientWithWill_whenItDies_thenTheWillIsPublished() {
        var watcher = client("watcher");
        watcher.subscribe(topic("will"), 0);

        client(Version.V31, connect(id("dies")).will(topic("will"), "gone", 0, false))
                .drop();

        watcher.expectPublish(topic("will"), "gone");
    }

    @Test // MQTT 3.1 3.1: Keep Alive timer
    void givenKeepAliveOfOneSecond_whenClientIsSilent_thenItIsClosed() {
        client(Version.V31, connect(id("silent")).keepAlive(1)).expectClosed(Duration.ofSeconds(8));
    }

    @Test // MQTT 3.1 3.3: RETAIN
    void givenRetainedMessage_whenSubscribed_thenItComes() {
        client("publisher").publish(publish(topic("a"), "kept").qos(1).retain());

        var late = client("late");
        late.subscribe(subscribe(1).to(topic("a"), 0));

        assertThat(late.expectPublish(topic("a"), "kept").retain()).isTrue();
    }

    @Test // MQTT 3.1 3.1: the name belongs to the version
    void givenConnection_whenNameAndVersionDisagree_thenItIsClosed() {
        var wrongLevel = open(Version.V31);
        wrongLevel.send(connect(id("level")).level(4));
        wrongLevel.expectConnectDropped(1);

        var wrongName = open(Version.V31);
        wrongName.send(connect(id("name")).protocolName("MQTT"));
        wrongName.expectConnectDropped(1);
    }

    @Test // clients of all versions live on one broker
    void givenClientsOfAllVersions_whenOnePublishes_thenAllReceive() {
        var v31 = client("v31");
        var v311 = client(Version.V311, "v311");
        var v5 = client(Version.V5, "v5");
        for (Probe probe : new Probe[] {v31, v311, v5}) {
            probe.subscribe(topic("a"), 1);
        }

        for (Probe publisher : new Probe[] {v31, v311, v5}) {
            publisher.publish(topic("a"), "from " + publisher.version(), 1);
            for (Probe probe : new Probe[] {v31, v311, v5}) {
                Publish publish = probe.await(Publish.class);
                assertThat(publish.text()).isEqualTo("from " + publisher.version());
                probe.acknowledge(publish);
            }
        }
    }
}
