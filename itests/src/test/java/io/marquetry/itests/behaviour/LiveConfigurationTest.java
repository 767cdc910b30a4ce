// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerProcess.ConfFile;
import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Property;
import io.marquetry.itests.support.Props;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of {@code conf/io.marquetry.core.mqtt.cfg} while clients are connected. */
@StartedWith(conf = "io.marquetry.core.mqtt:maxInflight=32")
class LiveConfigurationTest extends BrokerTest {
    private Probe connected;
    private ConfFile conf;
    private int mark;

    @BeforeEach
    void aClientIsConnected() {
        conf = broker().process().conf("io.marquetry.core.mqtt");
        broker().process().log().allow("io.marquetry.core.mqtt.cfg"); // bad values are this test's own
        mark = broker().process().log().mark();
        connected = client(Version.V5, "connected");
        connected.subscribe(topic("a"), 1);
    }

    @AfterEach
    void theClientIsStillConnected() throws IOException {
        conf.write("maxInflight = 32\n");
        awaitMaximumQos(2);
        connected.publish(topic("a"), "still here", 1);
        connected.expectPublish(topic("a"), "still here");
    }

    private void awaitMaximumQos(int qos) {
        Patience.until("Maximum QoS " + qos, () -> {
            try (Probe probe = broker().open(Version.V5)) {
                return probe.connectOk(connect(id("asks")))
                                .props()
                                .number(Property.MAXIMUM_QOS)
                                .orElse(2L)
                        == qos;
            }
        });
    }

    @Test
    void givenConnectedClient_whenAValueChanges_thenItCountsAndNobodyIsDropped() throws IOException {
        conf.set("maxQosAllowed", "1");

        awaitMaximumQos(1);

        conf.set("maxQosAllowed", "0");
        awaitMaximumQos(0);
    }

    @Test
    void givenPlaceholderInTheFile_whenAClientAsks_thenTheBrokerFillsIt() throws IOException {
        conf.write("responseInformation = replies/${clientid}/${username}/\nmaxQosAllowed = 1\n");
        awaitMaximumQos(1);

        String told;
        try (Probe probe = broker().open(Version.V5)) {
            told = probe.connectOk(
                            connect(id("asks")).username("me").props(Props.with(Property.REQUEST_RESPONSE_INFO, 1)))
                    .props()
                    .text(Property.RESPONSE_INFO)
                    .orElse("");
        }

        assertThat(told).isEqualTo("replies/" + id("asks") + "/me/");
    }

    @Test
    void givenGoodValue_whenItIsReplacedByABadOne_thenItIsRefusedInWordsAndTheOldOneStays() throws IOException {
        conf.set("maxQosAllowed", "1");
        awaitMaximumQos(1);

        conf.set("maxQosAllowed", "seven");

        String line = broker().process().log().await(mark, "maxQosAllowed = seven");
        assertThat(line).contains("io.marquetry.core.mqtt.cfg").contains("0 to 2");
        assertThat(maximumQos()).isEqualTo(1);
    }

    @Test
    void givenBadValueBesideAGoodOne_whenRead_thenNeitherCounts() throws IOException {
        conf.write("maxQosAllowed = 1\nidleTimeoutSeconds = -4\n");

        String line = broker().process().log().await(mark, "idleTimeoutSeconds = -4");
        assertThat(line).contains("io.marquetry.core.mqtt.cfg");
        assertThat(maximumQos()).isEqualTo(2);
    }

    private long maximumQos() {
        try (Probe probe = broker().open(Version.V5)) {
            return probe.connectOk(connect(id("now")))
                    .props()
                    .number(Property.MAXIMUM_QOS)
                    .orElse(2L);
        }
    }

    @Test
    void givenUnknownKey_whenRead_thenItIsReportedAndTheRestCounts() throws IOException {
        conf.write("maxQosAlowed = 0\nmaxQosAllowed = 1\n");

        String line = broker().process().log().await(mark, "maxQosAlowed");
        assertThat(line).contains("io.marquetry.core.mqtt.cfg").contains("unknown");
        awaitMaximumQos(1);
    }

    @Test
    void givenRoundRobin_whenTheStrategyBecomesRandom_thenSharesAreNoLongerEqualTurns() throws IOException {
        conf.write("sharedSubscriptionStrategy = random\nmaxQosAllowed = 1\n");
        awaitMaximumQos(1);
        var one = client(Version.V5, "one");
        var two = client(Version.V5, "two");
        for (Probe member : new Probe[] {one, two}) {
            member.subscribe("$share/" + id("g") + "/" + topic("s"), 0);
        }
        var publisher = client(Version.V5, "publisher");

        StringBuilder turns = new StringBuilder();
        for (int i = 0; i < 64; i++) {
            publisher.publish(topic("s"), "m" + i, 0);
            turns.append(winner(one, two));
        }

        // Turns would alternate; 64 fair coins do so with a chance of 2^-63, and name one side alone as rarely.
        assertThat(turns.toString()).isNotEqualTo("12".repeat(32)).isNotEqualTo("21".repeat(32));
        assertThat(turns.toString()).contains("1").contains("2");
    }

    private static char winner(Probe one, Probe two) {
        return Patience.untilPresent(() -> "a message for one of two members", Patience.LIMIT, () -> {
            if (one.nextIfAny(Duration.ofMillis(3))
                    .filter(Publish.class::isInstance)
                    .isPresent()) {
                return java.util.Optional.of('1');
            }
            return two.nextIfAny(Duration.ofMillis(3))
                    .filter(Publish.class::isInstance)
                    .map(packet -> '2');
        });
    }
}
