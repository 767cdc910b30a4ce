// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.behaviour;

import static io.marquetry.itests.support.Packets.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import io.marquetry.itests.support.StartedWith;
import io.marquetry.itests.support.Version;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A connection without a CONNECT ends after {@code idleTimeoutSeconds}, however busy it looks. */
@StartedWith(env = "MARQUETRY_MQTT__IDLE_TIMEOUT_SECONDS=2")
class IdleTimeoutTest extends BrokerTest {
    @Test
    void givenConnection_whenNothingComes_thenItIsClosedInTime() {
        var probe = open(Version.V311);
        long start = System.nanoTime();

        probe.expectClosed(Duration.ofSeconds(8));

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(5));
    }

    @Test
    void givenSlowLoris_whenConnectTricklesIn_thenItIsClosedInTime() {
        var probe = open(Version.V5);
        byte[] bytes = connect(id("loris")).username("x".repeat(1000)).encode(Version.V5);
        long start = System.nanoTime();

        for (int i = 0; i < bytes.length; i++) {
            try {
                probe.sendBytes(bytes[i]);
            } catch (UncheckedIOException e) {
                break; // closed: what the test waits for
            }
            if (probe.isClosedWithin(Duration.ofMillis(50))) {
                break;
            }
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(6));
    }

    @Test
    void givenClientThatConnected_whenItIsSilent_thenTheIdleTimeoutIsOver() {
        var client = client(Version.V5, "connected");

        assertThat(client.isClosedWithin(Duration.ofMillis(2600))).isFalse();
        client.ping();
    }
}
