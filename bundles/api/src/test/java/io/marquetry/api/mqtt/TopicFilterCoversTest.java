// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicFilterCoversTest {
    private static final List<String> WORDS = List.of("", "a", "b", "$a");

    @ParameterizedTest
    @CsvSource({
        "#, #, true",
        "#, a/b, true",
        "#, $SYS/x, false",
        "+/x, $SYS/x, false",
        "$SYS/#, $SYS/x, true",
        "$SYS/#, #, false",
        "a/#, a, true",
        "a/#, a/#, true",
        "a/#, a/+/b, true",
        "a/#, +/b, false",
        "a/+, a/#, false",
        "a/+, a/+, true",
        "a/+, a/b/c, false",
        "a/+, a, false",
        "a/+/#, a/#, false",
        "a/+/#, a/b, true",
        "a/b, a/+, false",
        "a, a/#, false",
        "+, a, true",
        "+, '', true",
        "+/+, /, true"
    })
    void givenTwoFilters_whenCompared_thenOneCoversTheOther(String filter, String other, boolean covers) {
        assertThat(TopicFilter.parse(filter).covers(other)).isEqualTo(covers);
    }

    @Test
    void givenEveryTopicOfThreeLevels_whenAFilterCoversAnother_thenItMatchesWhatThatMatches() {
        List<String> topics = paths(WORDS);
        List<TopicFilter> filters = paths(List.of("", "a", "+", "#", "$a")).stream()
                .filter(text -> !text.isEmpty() && !text.contains("#/"))
                .map(TopicFilter::parse)
                .toList();

        for (TopicFilter filter : filters) {
            for (TopicFilter other : filters) {
                boolean holds = topics.stream().filter(other::matches).allMatch(filter::matches);
                if (filter.covers(other.filter())) {
                    assertThat(holds).as("%s covers %s", filter, other).isTrue();
                }
            }
            for (String topic : topics) {
                assertThat(filter.covers(topic)).as("%s, %s", filter, topic).isEqualTo(filter.matches(topic));
            }
        }
    }

    private static List<String> paths(List<String> words) {
        return words.stream()
                .flatMap(a -> Stream.concat(
                        Stream.of(a),
                        words.stream()
                                .flatMap(b -> Stream.concat(
                                        Stream.of(a + "/" + b), words.stream().map(c -> a + "/" + b + "/" + c)))))
                .toList();
    }
}
