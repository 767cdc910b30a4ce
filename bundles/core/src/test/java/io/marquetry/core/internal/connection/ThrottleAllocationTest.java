// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.marquetry.api.config.Rate;
import io.marquetry.core.internal.testing.BrokerTest;
import io.marquetry.core.internal.testing.TestBroker;
import io.marquetry.core.internal.testing.TestClient;
import io.marquetry.core.port.CertificateField;
import io.marquetry.core.port.Terms;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Neither a client without rates nor one that keeps to them costs memory for each message. */
class ThrottleAllocationTest extends BrokerTest {
    private static final int MESSAGES = 20_000;
    private static final int ROUNDS = 5;
    private static final byte[] PUBLISH = {0x30, 4, 0, 1, 't', 'm'};

    static List<Terms> terms() {
        Rate much = new Rate(1_000_000_000L, 1000, 0);
        return List.of(
                Terms.NONE,
                new Terms("", 2, CertificateField.NONE, CertificateField.NONE, List.of(), much, much, much, much));
    }

    @ParameterizedTest
    @MethodSource("terms")
    void givenRatesThatAreNotReached_whenMessagesCome_thenNothingIsAllocatedForThem(Terms terms) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        TestBroker broker = start();
        broker.entrance().terms(terms);
        TestClient client = broker.connection(V3).connect("c");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < MESSAGES; i++) {
            bytes.writeBytes(PUBLISH);
        }
        client.wire().send(bytes.toByteArray());
        broker.settle();

        long least = Long.MAX_VALUE; // a class that is loaded, or code that is compiled, allocates once
        for (int i = 0; i < ROUNDS; i++) {
            client.wire().send(bytes.toByteArray());
            long before = threads.getCurrentThreadAllocatedBytes();
            broker.settle();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(broker.fate("received")).isEqualTo((1 + ROUNDS) * MESSAGES);
        assertThat(least).isLessThan(MESSAGES);
    }
}
