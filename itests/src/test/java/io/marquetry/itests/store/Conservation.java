// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;

/**
 * The clients' ledger of what was sent, acknowledged and seen: the judge when the broker's own books went down with it.
 * What was acknowledged has to be seen by every subscriber, in the order of its publisher and topic; what was refused
 * by none; a QoS 2 message once.
 */
final class Conservation {
    private final ConcurrentMap<String, Sent> sent = new ConcurrentHashMap<>();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();

    /** The messages of a topic that begins now. */
    Sent topic(String name, int qos) {
        return sent.computeIfAbsent(name, key -> new Sent(qos));
    }

    /** The messages of a topic; nothing when nobody publishes on it. */
    Optional<Sent> find(String topic) {
        return Optional.ofNullable(sent.get(topic));
    }

    /** Something happened that must not happen. */
    void problem(String sentence) {
        problems.add(sentence);
    }

    /** What happened so far that must not happen. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** How many messages were acknowledged so far. */
    long acknowledged() {
        return sent.values().stream().mapToLong(Sent::countAcknowledged).sum();
    }

    /** What was acknowledged and not seen by one subscriber, by topic. */
    Map<String, BitSet> missing(LastingSubscriber subscriber) {
        Map<String, BitSet> missing = new TreeMap<>();
        sent.forEach((topic, messages) -> {
            if (subscriber.wants(topic)) {
                BitSet lost = messages.acknowledgedBut(subscriber.seen(topic).numbers());
                if (!lost.isEmpty()) {
                    missing.put(topic, lost);
                }
            }
        });
        return missing;
    }

    /**
     * Waits until every subscriber has seen everything, and returns what is wrong; gives up when nothing that is
     * missing has come for {@code limit}.
     */
    List<String> settle(List<LastingSubscriber> subscribers, Duration limit) {
        try {
            for (int left = missing(subscribers); left > 0; left = missing(subscribers)) {
                int before = left;
                Patience.until("an acknowledged message to be seen", limit, () -> missing(subscribers) < before);
            }
        } catch (AssertionError e) {
            // Said in detail below.
        }
        List<String> all = new ArrayList<>(problems);
        for (LastingSubscriber subscriber : subscribers) {
            missing(subscriber)
                    .forEach((topic, lost) -> all.add("%s never saw %d messages of %s that were acknowledged: %s"
                            .formatted(subscriber.id(), lost.cardinality(), topic, brief(lost))));
        }
        return all;
    }

    private int missing(List<LastingSubscriber> subscribers) {
        return subscribers.stream()
                .flatMap(subscriber -> missing(subscriber).values().stream())
                .mapToInt(BitSet::cardinality)
                .sum();
    }

    private static String brief(BitSet numbers) {
        String text = numbers.toString();
        return text.length() > 200 ? text.substring(0, 200) + " ..." : text;
    }

    /** As {@link #settle}; fails when something is wrong. */
    void assertKept(List<LastingSubscriber> subscribers, Duration limit) {
        List<String> wrong = settle(subscribers, limit);
        assertThat(wrong.stream().limit(30))
                .as("what is wrong after %d acknowledged messages, %d in all", acknowledged(), wrong.size())
                .isEmpty();
    }
}
