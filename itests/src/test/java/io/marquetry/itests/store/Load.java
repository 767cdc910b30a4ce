// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Probe;
import io.marquetry.itests.support.Received.Publish;
import io.marquetry.itests.support.Version;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Publishers and subscribers of both versions whose sessions last, and the ledger that they keep. */
final class Load implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final int port;
    private final Conservation ledger = new Conservation();
    private final List<LastingPublisher> publishers;
    private final List<LastingSubscriber> subscribers;

    Load(int port) {
        this.port = port;
        publishers = List.of(
                publisher("p1", Version.V5),
                publisher("p2", Version.V311),
                publisher("p3", Version.V5),
                publisher("p4", Version.V311));
        subscribers = List.of(
                subscriber("s1", Version.V5, 2),
                subscriber("s2", Version.V311, 2),
                subscriber("s3", Version.V5, 2),
                subscriber("s4", Version.V311, 2),
                subscriber("s5", Version.V5, 1),
                subscriber("s6", Version.V311, 1));
    }

    private LastingPublisher publisher(String name, Version version) {
        return new LastingPublisher(name, version, port, ledger);
    }

    private LastingSubscriber subscriber(String name, Version version, int qos) {
        return new LastingSubscriber(name, version, qos, port, ledger);
    }

    Conservation ledger() {
        return ledger;
    }

    List<LastingPublisher> publishers() {
        return publishers;
    }

    List<LastingSubscriber> subscribers() {
        return subscribers;
    }

    void each(Consumer<LastingClient> action) {
        Stream.concat(publishers.stream(), subscribers.stream()).forEach(action);
    }

    /** Connects everybody, waits for every SUBACK, and lets publishers begin. */
    void begin() {
        subscribers.forEach(subscriber -> subscriber.online(true));
        Patience.until(
                "every subscriber to subscribe",
                LIMIT,
                () -> subscribers.stream().allMatch(LastingSubscriber::isSubscribed));
        publishers.forEach(publisher -> {
            publisher.publishing(true);
            publisher.online(true);
        });
        awaitAcknowledged(1);
    }

    /** Waits until so many more messages were acknowledged. */
    void awaitAcknowledged(int more) {
        long goal = ledger.acknowledged() + more;
        Patience.until(more + " messages to be acknowledged", LIMIT, () -> ledger.acknowledged() >= goal);
    }

    /** Has some of the subscribers leave and others come. */
    void shuffle(Random random) {
        subscribers.forEach(subscriber -> subscriber.online(random.nextInt(3) > 0));
    }

    /** No message is new from now on; waits until every one that is under way was acknowledged. */
    void endPublishing() {
        each(client -> client.restless(0));
        publishers.forEach(publisher -> publisher.publishing(false));
        Patience.until(
                "everything that was published to be acknowledged; " + ledger.problems(),
                LIMIT,
                () -> publishers.stream().allMatch(LastingPublisher::isSettled));
    }

    /** Ends publishing, lets every subscriber come, and fails unless what was acknowledged has arrived as it should. */
    void endAndJudge() {
        endPublishing();
        subscribers.forEach(subscriber -> subscriber.online(true));
        ledger.assertKept(subscribers, LIMIT);
        checkRetained();
        assertThat(ledger.problems()).isEmpty();
    }

    /** As {@link #endAndJudge}, and then it goes on; so queues stay short, and a loss is found soon. */
    void judgeAndGoOn() {
        endAndJudge();
        publishers.forEach(publisher -> publisher.publishing(true));
    }

    /** Every retained message has to be the last that was acknowledged, or one that was sent behind it. */
    void checkRetained() {
        Map<String, Integer> least = new HashMap<>();
        publishers.forEach(publisher -> least.put(
                publisher.keptTopic(), ledger.topic(publisher.keptTopic(), 1).lastAcknowledged()));
        Map<String, Integer> found = new HashMap<>();
        try (Probe probe = Probe.open(port, Version.V5)) {
            probe.connectOk(Packets.connect("kept"));
            probe.subscribe("kept/#", 0);
            // They are searched for in slices, so nothing says which is the last.
            while (least.entrySet().stream().anyMatch(e -> found.getOrDefault(e.getKey(), 0) < e.getValue())) {
                if (probe.next() instanceof Publish publish) {
                    // A later one may come as it is published.
                    found.merge(
                            publish.topic(), Payload.number(publish.payload()).orElse(-1), Math::max);
                }
            }
        }
        least.forEach((topic, number) -> {
            int came = found.getOrDefault(topic, 0);
            if (came < number || came > ledger.topic(topic, 1).last()) {
                ledger.problem("retained on " + topic + " is message " + came + "; " + number + " was acknowledged");
            }
        });
    }

    @Override
    public void close() {
        each(client -> client.online(false));
        each(LastingClient::close);
    }
}
