// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Accounting;
import io.marquetry.itests.support.BrokerProcess;
import io.marquetry.itests.support.BrokerSettings;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Puback;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;

/** A queue that is far larger than the heap: it fills, survives, and drains in order, while the broker stays small. */
@OnlyMarquetry
class LongQueueIT {
    private static final int MESSAGES = 200_000;
    private static final int BYTES = 1000;
    private static final int WINDOW = 100;
    private static final int RESTART_AT = 50_000;

    @Test
    void givenQueueLargerThanTheHeap_whenRestartedAndDrained_thenEveryMessageComesInOrder() throws Exception {
        BrokerSettings settings = StoreBroker.settings().env("MARQUETRY_JAVA_OPTS", "-ea -Xms64m -Xmx96m");
        try (BrokerProcess broker = BrokerProcess.start(settings)) {
            try (Probe subscriber = broker.open(Version.V5)) {
                subscriber.connectOk(Packets.connect("late").lasting(100_000));
                subscriber.subscribe("long", 1);
                subscriber.disconnect();
            }
            long began = System.nanoTime();
            fill(broker);
            long filled = System.nanoTime();

            broker.stop();
            broker.restart();

            long restarted = System.nanoTime();
            int next = drain(broker, 0, RESTART_AT);
            broker.stop();
            broker.restart();
            next = drain(broker, next, MESSAGES);
            System.out.printf(
                    "LongQueueIT: filled in %.1f s, two restarts and a drain in %.1f s%n",
                    (filled - began) / 1e9, (System.nanoTime() - restarted) / 1e9);
            assertThat(next).isEqualTo(MESSAGES);
            Accounting.assertBalanced(broker.port());
        }
    }

    private static void fill(BrokerProcess broker) {
        try (Probe publisher = broker.open(Version.V5)) {
            publisher.connectOk(Packets.connect("fills"));
            int sent = 0;
            for (int acknowledged = 0; acknowledged < MESSAGES; acknowledged++) {
                if (sent - acknowledged <= WINDOW / 2 && sent < MESSAGES) {
                    ByteArrayOutputStream some = new ByteArrayOutputStream();
                    while (sent - acknowledged < WINDOW && sent < MESSAGES) {
                        some.writeBytes(Packets.publish("long", Payload.of(sent, BYTES))
                                .qos(1)
                                .id(sent % 0xFFFF + 1)
                                .encode(Version.V5));
                        sent++;
                    }
                    publisher.sendBytes(some.toByteArray());
                }
                Puback ack = publisher.expect(Puback.class);
                assertThat(ack.code()).isZero();
                assertThat(ack.id()).isEqualTo(acknowledged % 0xFFFF + 1);
            }
            publisher.disconnect();
        }
    }

    /** Takes messages from one number up to another; returns the next. */
    private static int drain(BrokerProcess broker, int from, int to) {
        int next = from;
        try (Probe subscriber = broker.open(Version.V5)) {
            assertThat(subscriber
                            .connectOk(Packets.connect("late").lasting(100_000))
                            .sessionPresent())
                    .isTrue();
            while (next < to) {
                Publish publish = subscriber.expect(Publish.class);
                assertThat(Payload.number(publish.payload())).hasValue(next);
                subscriber.send(Packets.puback(publish.id()));
                next++;
            }
            // So that the last acknowledgements have arrived; more messages may come before.
            subscriber.ping();
        }
        return next;
    }
}
