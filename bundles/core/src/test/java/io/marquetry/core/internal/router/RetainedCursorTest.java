// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.message.Publication;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetainedCursorTest {
    private static final String[] FILTERS = {"#", "+/#", "a/#", "a/+/b", "+/+", "a/+", "a/1/b", "$s/#", "+/1/#"};

    private final RetainedMessages retained =
            new RetainedMessages(new RetainedSettings(0, 0, 1 << 20), () -> 0, () -> 0, new Budget());

    /** A search that is under way, and what it must find: what was there when it began and has not changed since. */
    private static final class Search {
        final TopicFilter filter;
        final RetainedCursor cursor;
        final Map<String, Publication> still = new HashMap<>();
        final Set<Publication> everything = new HashSet<>();
        final List<Publication> found = new ArrayList<>();

        Search(String filter, RetainedCursor cursor) {
            this.filter = TopicFilter.parse(filter);
            this.cursor = cursor;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void givenRandomChanges_whenSearchesGoOn_thenEachIsCompleteAndGivesNothingTwice(long seed) {
        Random random = new Random(seed);
        Map<String, Publication> model = new HashMap<>();
        List<Search> searches = new ArrayList<>();
        int ended = 0;
        int wide = 1 + random.nextInt(2000); // how many children the middle level has, so that tables grow and shrink
        boolean filling = true;

        for (int step = 0; step < 60_000; step++) {
            if (step % 5_000 == 0) {
                filling = !filling;
            }
            String topic = topic(random, wide);
            if (random.nextInt(10) < (filling ? 8 : 2)) {
                Publication publication = publication(topic, "" + step);
                retained.put(publication);
                model.put(topic, publication);
            } else {
                retained.put(publication(topic, ""));
                model.remove(topic);
            }
            searches.forEach(search -> search.still.remove(topic));
            if (random.nextInt(500) == 0) {
                String filter = FILTERS[random.nextInt(FILTERS.length)];
                Search search = new Search(filter, retained.matching(filter, retained.stamp()));
                model.forEach((name, publication) -> {
                    if (search.filter.matches(name)) {
                        search.still.put(name, publication);
                        search.everything.add(publication);
                    }
                });
                searches.add(search);
            }
            if (!searches.isEmpty()) {
                Search search = searches.get(random.nextInt(searches.size()));
                Publication next = search.cursor.next(1 + random.nextInt(400));
                boolean isTaken = random.nextInt(4) > 0;
                if (random.nextInt(4) == 0 || !isTaken) {
                    search.cursor.rest(isTaken ? null : next);
                }
                if (next != null) {
                    if (isTaken) {
                        search.found.add(next);
                    }
                } else if (search.cursor.isEnded()) {
                    searches.remove(search);
                    ended++;
                    check(search);
                }
            }
        }
        for (Search search : searches) {
            while (!search.cursor.isEnded()) {
                Publication next = search.cursor.next(50);
                if (next != null) {
                    search.found.add(next);
                }
            }
            check(search);
        }

        assertThat(ended + searches.size()).isGreaterThan(50);
    }

    @Test
    void givenChangesByAnotherThread_whenSearched_thenWhatIsLeftAloneIsFoundOnce() throws Exception {
        Set<Publication> left = new HashSet<>();
        for (int i = 0; i < 2_000; i++) {
            Publication publication = publication("a/" + i + "/b", "left");
            retained.put(publication);
            left.add(publication);
        }
        AtomicBoolean over = new AtomicBoolean();
        Thread changing = new Thread(() -> {
            Random random = new Random(1);
            while (!over.get()) {
                // Comes and goes by thousands, so that tables are copied under the search.
                for (int i = 2_000; i < 12_000; i++) {
                    retained.put(publication("a/" + i + "/b", "x"));
                }
                for (int i = 2_000; i < 12_000; i++) {
                    retained.put(publication("a/" + (random.nextBoolean() ? i : 23_999 - i) + "/b", ""));
                }
            }
        });
        changing.start();

        List<Set<Publication>> missed = new ArrayList<>();
        try {
            for (int round = 0; round < 100; round++) {
                RetainedCursor cursor = retained.matching("a/+/b", retained.stamp());
                Set<Publication> missing = new HashSet<>(left);
                Set<Publication> found = new HashSet<>();
                while (!cursor.isEnded()) {
                    Publication next = cursor.next(100);
                    if (next != null) {
                        missing.remove(next);
                        assertThat(found.add(next)).as("given once").isTrue();
                    }
                }
                missed.add(missing);
            }
        } finally {
            over.set(true);
            changing.join();
        }

        assertThat(missed).allSatisfy(missing -> assertThat(missing).isEmpty());
    }

    @Test
    void givenManyNodesAndNoMatch_whenSearched_thenEachCallStaysWithinItsWork() {
        for (int i = 0; i < 20_000; i++) {
            retained.put(publication("a/" + i + "/c", "x"));
        }
        RetainedCursor cursor = retained.matching("a/+/b", retained.stamp());
        int calls = 0;
        int most = 0;

        while (!cursor.isEnded()) {
            assertThat(cursor.next(800)).isNull();
            most = Math.max(most, cursor.work());
            calls++;
        }

        // Looking a child up behind the last node may come on top.
        assertThat(most).isLessThan(800 + 3 * RetainedWalk.NODE);
        assertThat(calls).isGreaterThan(20_000 * RetainedWalk.NODE / 800);
    }

    @Test
    void givenATopicAsDeepAsItCanBe_whenSearched_thenItIsFound() {
        String deep = "a" + "/".repeat(65_534);
        retained.put(publication(deep, "x"));

        RetainedCursor cursor = retained.matching("#", retained.stamp());
        Publication found = null;
        for (int calls = 0; found == null && !cursor.isEnded(); calls++) {
            found = cursor.next(1000);
            assertThat(calls).isLessThan(1000);
        }

        assertThat(found).isNotNull();
        assertThat(retained.sweep()).isZero();
    }

    @Test
    void givenAMessageThatWasGiven_whenItIsReplaced_thenItIsNotCurrent() {
        retained.put(publication("a", "1"));
        RetainedCursor cursor = retained.matching("+", retained.stamp());
        cursor.next(1000);
        boolean before = cursor.isCurrent();

        retained.put(publication("a", "2"));

        assertThat(before).isTrue();
        assertThat(cursor.isCurrent()).isFalse();
    }

    @Test
    void givenAMessageThatWasNotTaken_whenTheSearchRests_thenItIsGivenAgainUnlessItHasChanged() {
        retained.put(publication("a", "1"));
        RetainedCursor cursor = retained.matching("+", retained.stamp());
        Publication first = cursor.next(1000);
        cursor.rest(first);
        cursor.rest(null); // and once more
        boolean endedAtRest = cursor.isEnded();

        Publication again = cursor.next(1000);
        cursor.rest(again);
        retained.put(publication("a", "2"));

        assertThat(endedAtRest).isFalse();
        assertThat(again).isSameAs(first).isNotNull();
        assertThat(cursor.next(1000)).isNull();
        assertThat(cursor.isEnded()).isTrue();
    }

    private static void check(Search search) {
        assertThat(search.found).doesNotHaveDuplicates();
        assertThat(search.everything)
                .as("%s gives what was there", search.filter)
                .containsAll(search.found);
        assertThat(search.found).as("%s gives what stayed", search.filter).containsAll(search.still.values());
    }

    private static String topic(Random random, int wide) {
        String first = random.nextInt(20) == 0 ? "$s" : random.nextInt(4) == 0 ? "c" : "a";
        String second = first + "/" + random.nextInt(wide);
        return random.nextInt(3) == 0 ? second : second + "/" + (random.nextBoolean() ? "b" : "d");
    }

    private static Publication publication(String topic, String payload) {
        return Publication.of(
                topic.getBytes(StandardCharsets.UTF_8),
                new byte[0],
                payload.getBytes(StandardCharsets.UTF_8),
                1,
                true,
                Publication.NEVER);
    }
}
