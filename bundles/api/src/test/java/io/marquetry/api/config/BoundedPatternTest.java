// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.config.BoundedPattern.GaveUpException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedPatternTest {
    @Test
    void givenOrdinaryExpression_whenLookedFor_thenItIsFoundAnywhereUnlessItIsTied() throws Exception {
        assertThat(BoundedPattern.compile("dev-[0-9]+").find("my-dev-17x")).isTrue();
        assertThat(BoundedPattern.compile("^dev-[0-9]+$").find("my-dev-17x")).isFalse();
        assertThat(BoundedPattern.compile("^dev-[0-9]+$").find("dev-17")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "^ab?c, ac, true",
        "^ab*$, a, true",
        "^ab{0}c, ac, true",
        "^ab+, abb, true",
        "^ab+, ac, false",
        "^ab|c, xc, true",
        "^(ab), ab, true",
        "^dev-, dev-1, true",
        "^dev-, adev-1, false",
        "^dev-, de, false",
        "^, x, true",
        "dev-1$, my-dev-1, true",
        "dev-1$, my-dev-2, false",
        "ab?c, xac, true",
        "ab*c.+de?, xacyd, true",
        "ab+c, abbc, true",
        "ab{0}c, ac, true",
        "ab|cd, cd, true",
        "(ab)?c, c, true",
        "[ab]c, bc, true",
        "a\\db, a1b, true",
        "\\Qa.b\\E, a.b, true"
    })
    void givenExpressionThatAsksForLetters_whenLookedFor_thenItIsFoundAsByAnyEngine(
            String expression, String text, boolean found) throws Exception {
        assertThat(BoundedPattern.compile(expression).find(text))
                .isEqualTo(Pattern.compile(expression).matcher(text).find())
                .isEqualTo(found);
    }

    @Test
    void givenTheLongestName_whenOrdinaryExpressionIsLookedFor_thenItDoesNotGiveUp() throws Exception {
        String name = "x".repeat(65_535);

        assertThat(BoundedPattern.compile("dev-[0-9]+$").find(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a+)+$", "(a|aa)+$", "(.*a){20}$", "([a-z]+)*!", "^(a|b|ab)*c"})
    void givenExpressionThatNeedsForEver_whenLookedFor_thenItGivesUp(String expression) {
        BoundedPattern pattern = BoundedPattern.compile(expression);

        assertThatThrownBy(() -> pattern.find("a".repeat(5_000) + "B"))
                .isInstanceOf(GaveUpException.class)
                .hasMessageContaining(expression);
    }

    @ParameterizedTest
    @CsvSource({
        "^([^@]+)@, acme@north, acme",
        "'OU=([^,]+)', 'CN=a,OU=Field,O=Acme', Field",
        "[0-9]+, dev-17x, 17",
        "^([^@]+)@, acme,",
        "a(b)?c, ac,"
    })
    void givenGroup_whenExtracted_thenItIsWhatItFindsOrNothing(String expression, String text, String found)
            throws Exception {
        assertThat(BoundedPattern.compile(expression).extract(text)).isEqualTo(found);
    }

    @Test
    void givenNoExpression_whenRead_thenTheSentenceSaysWhere() {
        assertThatThrownBy(() -> BoundedPattern.compile("a(b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expected a regular expression, got \"a(b\": Unclosed group at its character");
    }
}
