// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.publish;
import static io.marquetry.itests.support.Packets.pubrel;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Pubcomp;
import io.marquetry.itests.support.Received.Pubrec;
import io.marquetry.itests.support.Version;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

/** {@code maxAwaitingRel} = 100 for a client of 3.1.1, which cannot be told: its further messages wait. */
@OnlyMarquetry
class AwaitingRelTest extends BrokerTest {
    private Probe withHundredUnreleased() {
        var client = client(Version.V311, "floods");
        for (int id = 1; id <= 100; id++) {
            client.send(publish(topic("a"), "m" + id).qos(2).id(id));
        }
        for (int id = 1; id <= 100; id++) {
            assertThat(client.expect(Pubrec.class).id()).isEqualTo(id);
        }
        return client;
    }

    @Test
    void givenHundredUnreleased_whenMoreCome_thenTheyWaitForAPubrel() {
        Probe client = withHundredUnreleased();
        var watcher = client(Version.V5, "watcher");
        watcher.subscribe(topic("a"), 0);

        client.send(publish(topic("a"), "m101").qos(2).id(101));
        client.send(publish(topic("a"), "m102").qos(2).id(102));
        client.expectNothing();
        watcher.expectNothing();

        client.send(pubrel(1));
        assertThat(client.expect(Pubcomp.class).id()).isEqualTo(1);
        assertThat(client.expect(Pubrec.class).id()).isEqualTo(101);
        watcher.expectPublish(topic("a"), "m101");
        client.expectNothing();
        client.send(pubrel(2));
        client.await(Pubcomp.class);
        assertThat(client.await(Pubrec.class).id()).isEqualTo(102);
    }

    @Test
    void givenHundredUnreleased_whenWaitingMessagesReachTheByteLimit_thenTheConnectionIsClosed() {
        Probe client = withHundredUnreleased();
        String large = "x".repeat(600_000);

        try {
            for (int id = 101; id < 120; id++) {
                client.send(publish(topic("a"), large).qos(2).id(id));
            }
        } catch (UncheckedIOException e) {
            // the broker has closed already; what it says then is checked below
            assertThat(e).hasMessageContaining("closed");
        }

        client.expectClosed();
    }
}
