// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.message.Publication;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetainedMessagesTest {
    private static final long ALL = Long.MAX_VALUE;
    private static final String[] LEVELS = {"a", "b", "", "$s", "c"};
    private static final String[] FILTERS = {
        "#", "+", "a/#", "+/b", "a/+/c", "$s/#", "+/+/+", "/+", "a", "a//b", "$s/+", "+/#"
    };

    private final AtomicLong clock = new AtomicLong(1000);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void givenRandomChanges_whenAsked_thenTheAnswerIsTheModels(long seed) {
        Random random = new Random(seed);
        RetainedMessages retained = bounded(0, 0);
        Map<String, Publication> model = new TreeMap<>();
        for (int step = 0; step < 5_000; step++) {
            String topic = topic(random);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    retained.put(publication(topic, "", Publication.NEVER));
                    model.remove(topic);
                }
                case 3 -> {
                    clock.addAndGet(random.nextInt(20));
                    if (random.nextInt(4) == 0) {
                        retained.sweep();
                        model.values().removeIf(p -> p.isExpired(clock.get()));
                        assertThat(retained.count()).isEqualTo(model.size());
                        assertThat(retained.bytes())
                                .isEqualTo(model.values().stream()
                                        .mapToLong(Publication::charge)
                                        .sum());
                    }
                }
                default -> {
                    long expires = random.nextInt(4) == 0 ? clock.get() + random.nextInt(100) : Publication.NEVER;
                    Publication publication = publication(topic, "p" + step, expires);
                    retained.put(publication);
                    model.put(topic, publication);
                }
            }
            if (step % 7 == 0) {
                String filter = FILTERS[random.nextInt(FILTERS.length)];
                assertThat(new HashSet<>(found(retained, filter, ALL)))
                        .as(filter)
                        .isEqualTo(expected(model, filter));
            }
        }
        model.keySet().forEach(topic -> retained.put(publication(topic, "", Publication.NEVER)));
        retained.sweep();
        assertThat(retained.count()).isZero();
        assertThat(retained.bytes()).isZero();
        assertThat(found(retained, "#", ALL)).isEmpty();
    }

    @Test
    void givenStamp_whenMessagesAreNewer_thenTheyAreSkipped() {
        RetainedMessages retained = bounded(0, 0);
        retained.put(publication("a", "old", Publication.NEVER));
        long stamp = retained.stamp();
        retained.put(publication("b", "new", Publication.NEVER));

        assertThat(found(retained, "+", stamp)).extracting(Publication::topic).containsExactly("a");
        assertThat(found(retained, "+", retained.stamp())).hasSize(2);
    }

    @Test
    void givenMostMessages_whenThereAreThatMany_thenOnlyReplacementsAreTaken() {
        RetainedMessages retained = bounded(2, 0);
        put(retained, "a", "1");
        put(retained, "b", "1");

        assertThat(retained.accepts(publication("c", "1", Publication.NEVER))).isFalse();
        assertThat(retained.accepts(publication("b", "2", Publication.NEVER))).isTrue();
    }

    @Test
    void givenMostBytes_whenReplacedByLongerOnes_thenTheBoundHolds() {
        RetainedMessages retained = bounded(0, 500);
        put(retained, "a", "1");
        put(retained, "b", "1");

        assertThat(retained.accepts(publication("a", "x".repeat(1000), Publication.NEVER)))
                .isFalse();
        put(retained, "a", "x".repeat(300));
        assertThat(retained.bytes()).isLessThanOrEqualTo(500);
        assertThat(retained.accepts(publication("a", "shorter", Publication.NEVER)))
                .isTrue();
    }

    @Test
    void givenLongestPayload_whenAMessageIsLonger_thenItIsNotTaken() {
        RetainedMessages retained =
                new RetainedMessages(new RetainedSettings(0, 0, 3), clock::get, clock::get, new Budget());

        assertThat(retained.accepts(publication("a", "1234", Publication.NEVER)))
                .isFalse();
        assertThat(retained.accepts(publication("a", "123", Publication.NEVER))).isTrue();
    }

    private static List<Publication> found(RetainedMessages retained, String filter, long newest) {
        List<Publication> found = new ArrayList<>();
        RetainedCursor cursor = retained.matching(filter, newest);
        while (!cursor.isEnded()) {
            Publication next = cursor.next(1 + found.size() % 50);
            if (next != null) {
                found.add(next);
            }
        }
        assertThat(found).doesNotHaveDuplicates();
        return found;
    }

    private RetainedMessages bounded(long messages, long bytes) {
        return new RetainedMessages(
                new RetainedSettings(messages, bytes, 1 << 20), clock::get, clock::get, new Budget());
    }

    private static void put(RetainedMessages retained, String topic, String payload) {
        Publication publication = publication(topic, payload, Publication.NEVER);
        assertThat(retained.accepts(publication)).isTrue();
        retained.put(publication);
    }

    private Set<Publication> expected(Map<String, Publication> model, String filter) {
        TopicFilter parsed = TopicFilter.parse(filter);
        Set<Publication> result = new HashSet<>();
        model.forEach((topic, publication) -> {
            if (parsed.matches(topic) && !publication.isExpired(clock.get())) {
                result.add(publication);
            }
        });
        return result;
    }

    private static String topic(Random random) {
        StringBuilder text = new StringBuilder(LEVELS[random.nextInt(LEVELS.length)]);
        for (int i = random.nextInt(3); i > 0; i--) {
            text.append('/').append(LEVELS[random.nextInt(LEVELS.length)]);
        }
        return text.isEmpty() ? "a" : text.toString();
    }

    private static Publication publication(String topic, String payload, long expiresAt) {
        return Publication.of(
                topic.getBytes(StandardCharsets.UTF_8),
                new byte[0],
                payload.getBytes(StandardCharsets.UTF_8),
                1,
                true,
                expiresAt);
    }
}
