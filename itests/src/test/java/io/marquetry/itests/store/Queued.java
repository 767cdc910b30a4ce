// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Messages that wait for a subscriber who is not there: what must be found again, whatever happens to the store. */
final class Queued {
    private static final Duration AFTER_ALL = Duration.ofSeconds(1);
    private static final String TOPIC = "queued";

    private final String name;
    private int sent;

    Queued(String name) {
        this.name = name;
    }

    /** Has the session, and so many messages that are acknowledged. */
    void fill(int port, int messages) {
        try (Probe subscriber = Probe.open(port, Version.V5)) {
            subscriber.connectOk(connect());
            subscriber.subscribe(topic(), 1);
            subscriber.disconnect();
        }
        more(port, messages);
    }

    /** So many more. */
    void more(int port, int messages) {
        try (Probe publisher = Probe.open(port, Version.V5)) {
            publisher.connectOk(Packets.connect(name + "-fills"));
            for (int i = 0; i < messages; i++) {
                assertThat(publisher.publish(
                                Packets.publish(topic(), Payload.of(sent, 500)).qos(1)))
                        .isZero();
                sent++;
            }
            publisher.disconnect();
        }
    }

    /** Fails unless all of them are there, in order; they are gone then. */
    void assertThere(int port) {
        assertThat(take(port)).hasSize(sent);
        sent = 0;
    }

    /** Takes what is there, which has to be in order from the first on; returns the numbers. */
    List<Integer> take(int port) {
        List<Integer> numbers = new ArrayList<>();
        try (Probe subscriber = Probe.open(port, Version.V5)) {
            assertThat(subscriber.connectOk(connect()).sessionPresent()).isTrue();
            // They may come from the disk in pieces: what is known to be there is waited for, and then a while for
            // more.
            Optional<Received> next = subscriber.nextIfAny(Patience.LIMIT);
            while (next.isPresent()) {
                Publish publish = (Publish) next.get();
                numbers.add(Payload.number(publish.payload()).orElse(-1));
                subscriber.send(Packets.puback(publish.id()));
                next = subscriber.nextIfAny(numbers.size() < sent ? Patience.LIMIT : AFTER_ALL);
            }
            subscriber.disconnect();
        }
        assertThat(numbers).isSorted().doesNotHaveDuplicates();
        return numbers;
    }

    private ConnectPacket connect() {
        return Packets.connect(name).lasting(100_000);
    }

    private String topic() {
        return TOPIC + "/" + name;
    }
}
