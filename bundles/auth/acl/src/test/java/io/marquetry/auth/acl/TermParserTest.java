// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TermParserTest {
    @Test
    void givenEveryKindOfTerm_whenParsed_thenEachIsItself() throws Fault {
        String text = """
                %% comment with "quotes" and {brackets
                {allow, 'and', [], {}, -12, "a" "b", <<"bin">>, <<"utf"/utf8>>, <<>>}. % behind
                atom_1@x.
                """;

        var clauses = TermParser.parse(text);

        assertThat(clauses).hasSize(2);
        assertThat(clauses.get(0).term()).hasToString("{allow, and, [], {}, -12, \"ab\", \"bin\", \"utf\", \"\"}");
        assertThat(clauses.get(1).term()).isEqualTo(new Term.Atom(text.indexOf("atom_1"), "atom_1@x"));
    }

    @Test
    void givenEscapes_whenParsed_thenTheyAreWhatErlangSays() throws Fault {
        var clauses = TermParser.parse("\"\\\\ \\\" \\' \\n \\t \\s \\101 \\x41 \\x{1F600} \\^A \\e \\d\".");

        assertThat(clauses.get(0).term())
                .isEqualTo(new Term.Text(0, "\\ \" ' \n \t   A A \uD83D\uDE00 \u0001 \u001b \u007f"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{allow, all}                  | 1:13 | expected a dot behind the rule that begins with \"{allow, all}\","
                        + " got the end of the file",
                "{allow, all|1:12|expected a comma or }, got the end of the file",
                "{allow all}.|1:8|expected a comma or }, got \"a\"",
                "{allow, }.|1:9|expected a term: a word in small letters, a \"text\", a number, {...} or [...], got \"}\"",
                "{allow, All}.|1:9|expected a term: a word in small letters, a \"text\", a number, {...} or [...], got \"A\"",
                "[\"a].|1:2|expected the text that begins here to end with \" on its line",
                "'a|1:1|expected the atom that begins here to end with ' on its line",
                "\"a\\q\".|1:3|expected an escape",
                "\"a\\x{110000}\".|1:3|expected the number of a character",
                "<<\"a\">.|1:6|expected a \"text\" and >> behind <<, got \">\"",
                "99999999999999999999.|1:1|expected a whole number, got 99999999999999999999",
                "-.|1:1|expected a whole number, got -"
            })
    void givenMistake_whenParsed_thenPlaceAndExpectationAreNamed(String text, String place, String sentence) {
        Fault fault = catchThrowableOfType(Fault.class, () -> TermParser.parse(text));

        assertThat(new Source("f", text).place(fault.at())).isEqualTo("f:" + place);
        assertThat(fault).hasMessageStartingWith(sentence);
    }

    @Test
    void givenBracketsWithoutEnd_whenParsed_thenTheStackHolds() {
        Fault fault = catchThrowableOfType(Fault.class, () -> TermParser.parse("[".repeat(1_000_000)));

        assertThat(fault).hasMessage("expected at most 32 brackets in one another");
    }

    @Test
    void givenMistakeInALaterLine_whenParsed_thenTheLineIsCounted() {
        String text = "{allow, all}.\n%% more\n  {deny; all}.\n";

        Fault fault = catchThrowableOfType(Fault.class, () -> TermParser.parse(text));

        assertThat(new Source("acl.conf", text).place(fault.at())).isEqualTo("acl.conf:3:8");
    }
}
