// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A subscriber that does not read costs its own queue and nobody else's messages. */
class SlowSubscriberTest extends BrokerTest {
    private static final int MESSAGES = 3000;
    private static final String PAYLOAD = "x".repeat(8000);

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void givenSubscriberThatNeverReads_whenMuchIsPublished_thenOthersGetEverythingInOrder(int qos) {
        Probe stalled = keep(Probe.open(broker().port(), Version.V5, 4096));
        stalled.connectOk(Packets.connect(id("stalled")));
        stalled.subscribe(topic("a"), 0);
        var reader = client(Version.V5, "reader");
        reader.subscribe(topic("a"), qos);
        var publisher = client(Version.V5, "publisher");

        for (int i = 0; i < MESSAGES; i++) {
            publisher.publish(topic("a"), i + ":" + PAYLOAD, qos);
            Publish publish = reader.expect(Publish.class);
            assertThat(publish.text()).startsWith(i + ":");
            reader.acknowledge(publish);
        }

        // And the loop of the one that does not read still serves new clients.
        for (int i = 0; i < 8; i++) {
            client(Version.V5, "other" + i).ping();
        }
    }

    @Test
    void givenSubscriberThatReadsAgain_whenItCatchesUp_thenWhatItGetsIsInOrder() {
        Probe slow = keep(Probe.open(broker().port(), Version.V5, 4096));
        slow.connectOk(Packets.connect(id("slow")));
        slow.subscribe(topic("a"), 0);
        var publisher = client(Version.V5, "publisher");
        for (int i = 0; i < 500; i++) {
            publisher.publish(topic("a"), i + ":" + PAYLOAD, 0);
        }
        publisher.ping();
        publisher.publish(topic("a"), "end:", 0);

        int last = -1;
        for (String text = slow.expect(Publish.class).text(); !text.equals("end:"); ) {
            int number = Integer.parseInt(text.substring(0, text.indexOf(':')));
            assertThat(number).isGreaterThan(last);
            last = number;
            text = slow.expect(Publish.class).text();
        }
    }
}
