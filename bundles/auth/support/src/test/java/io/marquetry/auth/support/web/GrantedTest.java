// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.AccessRule;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GrantedTest {
    @Test
    void givenOlderForm_whenRead_thenItsTopicsAreAllowed() {
        Map<String, Object> acl = Map.of("pub", List.of("t/${clientid}", "eq #"));

        assertThat(Granted.rules(acl))
                .extracting(AccessRule::toString)
                .containsExactly("allow publish t/${clientid}", "allow publish eq #");
        assertThat(Granted.rules(Map.of("sub", "one")))
                .extracting(AccessRule::toString)
                .containsExactly("allow subscribe one");
        assertThat(Granted.rules(Map.of("all", List.of("a"))))
                .extracting(AccessRule::toString)
                .containsExactly("allow all a");
    }

    @Test
    void givenNewerForm_whenRead_thenOrderAndConditionsAreKept() {
        List<Object> acl = List.of(
                Map.of("permission", "deny", "action", "publish", "topic", "a/#", "qos", List.of(1L), "retain", true),
                Map.of("permission", "allow", "action", "all", "topic", "#", "qos", 2.0, "retain", "all"));

        assertThat(Granted.rules(acl))
                .extracting(AccessRule::toString)
                .containsExactly("deny publish a/# qos [AT_LEAST_ONCE] retain true", "allow all # qos [EXACTLY_ONCE]");
    }

    static Stream<Arguments> misunderstood() {
        return Stream.of(
                Arguments.of("all of it", "expected a list of rules"),
                Arguments.of(7, "expected a list of rules"),
                Arguments.of(List.of("a"), "expected a rule with permission"),
                Arguments.of(Arrays.asList((Object) null), "expected a rule with permission"),
                Arguments.of(Map.of("publish", List.of("a")), "pub, sub and all"),
                Arguments.of(Map.of("pub", List.of(1)), "a text for topic"),
                Arguments.of(Map.of("pub", List.of("a/#/b")), "a/#/b"),
                Arguments.of(List.of(Map.of("permission", "may", "action", "all", "topic", "a")), "allow or deny"),
                Arguments.of(List.of(Map.of("permission", "allow", "action", "fly", "topic", "a")), "fly"),
                Arguments.of(List.of(Map.of("permission", "allow", "action", "all")), "a text for topic"),
                Arguments.of(
                        List.of(Map.of("permission", "allow", "action", "all", "topic", "a", "qos", 3)),
                        "the qos 0, 1, 2"),
                Arguments.of(
                        List.of(Map.of("permission", "deny", "action", "all", "topic", "a", "qos", List.of())),
                        "some of the qos 0, 1 and 2"),
                Arguments.of(
                        List.of(Map.of("permission", "deny", "action", "all", "topic", "a", "retain", "maybe")),
                        "expected retain to be true or false"));
    }

    @ParameterizedTest
    @MethodSource("misunderstood")
    void givenRulesNobodyUnderstands_whenRead_thenASentenceSaysWhatWasExpected(Object acl, String expected) {
        assertThatThrownBy(() -> Granted.rules(acl))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void givenAttributes_whenRead_thenTheyAreTexts() {
        Map<String, Object> attributes = Map.of("site", "north", "line", 7L, "half", 0.5, "whole", 3.0, "on", true);

        assertThat(Granted.attributes(attributes))
                .containsEntry("site", "north")
                .containsEntry("line", "7")
                .containsEntry("half", "0.5")
                .containsEntry("whole", "3")
                .containsEntry("on", "true");
        assertThatThrownBy(() -> Granted.attributes(Map.of("a", List.of())))
                .hasMessageContaining("expected a text for a");
        assertThatThrownBy(() -> Granted.attributes(List.of())).hasMessageContaining("attributes by name");
    }

    @Test
    void givenTimes_whenRead_thenNothingOverflows() {
        assertThat(Granted.millis("exp", null)).isZero();
        assertThat(Granted.millis("exp", 1.5)).isEqualTo(1500);
        assertThat(Granted.millis("exp", Long.MAX_VALUE)).isEqualTo(253_402_300_799_000L);
        assertThatThrownBy(() -> Granted.millis("exp", -1)).hasMessageContaining("seconds since 1970 for exp");
        assertThatThrownBy(() -> Granted.millis("exp", Double.NaN)).hasMessageContaining("seconds since 1970");
        assertThatThrownBy(() -> Granted.millis("exp", "soon")).hasMessageContaining("got soon");
    }
}
