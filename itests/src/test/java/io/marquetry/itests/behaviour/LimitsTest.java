// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.subscribe;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import org.junit.jupiter.api.Test;

/** Limits that are the broker's own: levels, subscriptions, retained messages. */
@StartedWith(
        conf = {
            "io.marquetry.core.mqtt:maxTopicLevels=5",
            "io.marquetry.core.mqtt:maxSubscriptions=3",
            "io.marquetry.core.mqtt:mqueueStoreQos0=false",
            "io.marquetry.core.retained:maxMessages=10",
            "io.marquetry.core.retained:maxPayloadBytes=20"
        })
class LimitsTest extends BrokerTest {
    private int retainers;

    @Test
    void givenTopicOfTooManyLevels_whenPublished_thenTopicNameInvalid() {
        var client = client(Version.V5, "levels");
        assertThat(client.publish(topic("2/3/4/5"), "x", 1)).isLessThan(0x80);

        client.send(publish(topic("2/3/4/5/6"), "x").qos(1).id(900));

        // Either answer may carry the reason.
        Received answer = client.next();
        assertThat(answer instanceof Received.Puback puback ? puback.code() : ((Received.Disconnect) answer).code())
                .isEqualTo(0x90);
    }

    @Test
    void givenFilterOfTooManyLevels_whenSubscribed_thenOnlyThatOneFails() {
        var client = client(Version.V5, "filters");

        var suback = client.subscribe(subscribe(1).to(topic("2/3/4/5"), 1).to(topic("2/3/4/5/6"), 1));

        assertThat(suback.codes().get(0)).isEqualTo(1);
        assertThat(suback.codes().get(1)).isIn(0x8F, 0x97);
    }

    @Test
    void givenThreeSubscriptions_whenAFourthComes_thenQuotaExceeded() {
        var client = client(Version.V5, "many");
        client.subscribe(subscribe(1).to(topic("a"), 0).to(topic("b"), 0).to(topic("c"), 0));

        assertThat(client.subscribe(topic("d"), 0)).isEqualTo(0x97);
        assertThat(client.subscribe(topic("a"), 1)).isEqualTo(1); // replaces, and is not one more
    }

    @Test
    void givenFullRetainedStore_whenAnotherMessageComes_thenItIsRefusedAndTheOthersCanChange() {
        int kept = 0;
        while (retain(topic("m" + kept), "kept") == 0) {
            kept++;
        }

        // The broker's own messages under $SYS count too.
        assertThat(kept).isBetween(5, 10);
        assertThat(retain(topic("m0"), "replaced")).isZero();
        Probe late = client(Version.V5, "late");
        late.subscribe(topic("m" + kept), 0);
        late.subscribe(topic("m0"), 0);
        late.expectPublish(topic("m0"), "replaced");
        for (int i = 0; i < kept; i++) {
            assertThat(retain(topic("m" + i), "")).isZero();
        }
    }

    @Test
    void givenLargePayload_whenRetained_thenItIsRefusedAndNotRetained() {
        assertThat(retain(topic("a"), "x".repeat(21))).isEqualTo(0x97);

        Probe late = client(Version.V5, "late");
        late.subscribe(topic("a"), 0);
        late.expectNothing();
    }

    /** Retains a message; returns 0, or the reason for which it was refused in the PUBACK or in a DISCONNECT. */
    private int retain(String topic, String payload) {
        var client = client(Version.V5, "retainer" + retainers++);
        client.send(publish(topic, payload).qos(1).id(77).retain());
        Received answer = client.next();
        int code = answer instanceof Received.Puback puback ? puback.code() : ((Received.Disconnect) answer).code();
        assertThat(code).isIn(0x00, 0x10, 0x97);
        return code == 0x10 ? 0 : code;
    }

    @Test
    void givenQos0IsNotQueued_whenTheClientIsAway_thenOnlyQos1Waits() {
        var before = client(Version.V5, connect(id("away")).lasting(60));
        before.subscribe(topic("a"), 1);
        before.disconnect();
        var publisher = client(Version.V5, "publisher");
        publisher.publish(topic("a"), "zero", 0);
        publisher.publish(topic("a"), "one", 1);

        var after = client(Version.V5, connect(id("away")).lasting(60));

        after.expectPublish(topic("a"), "one");
    }
}
