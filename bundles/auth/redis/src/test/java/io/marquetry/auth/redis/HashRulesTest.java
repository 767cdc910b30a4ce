// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashRulesTest {
    @Test
    void givenWordsAndJson_whenRead_thenDenialsComeFirst() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("a/#", "all");
        fields.put("a/b", "{\"action\": \"publish\", \"qos\": [0, 1], \"retain\": true, \"permission\": \"deny\"}");
        fields.put("c", "{\"action\": \"subscribe\", \"qos\": 1}");

        assertThat(HashRules.of(fields, "here"))
                .extracting(Object::toString)
                .containsExactly(
                        "deny publish a/b qos [AT_MOST_ONCE, AT_LEAST_ONCE] retain true",
                        "allow all a/#",
                        "allow subscribe c qos [AT_LEAST_ONCE]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "read",
                "",
                "{",
                "{\"action\": \"publish\"",
                "{\"action\": \"publish\"} and more",
                "{\"action\": {\"a\": 1}}",
                "{\"action\": \"publish\", \"qos\": [[1]]}",
                "{\"action\": \"publish\", \"qos\": 3}",
                "{\"action\": \"publish\", \"permission\": \"maybe\"}",
                "{}"
            })
    void givenValueThatIsNoRule_whenRead_thenTheWholeIsRefused(String value) {
        assertThatThrownBy(() -> HashRules.of(Map.of("a", value), "here"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected");
    }
}
