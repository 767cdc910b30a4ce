// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeaderClauseTest {
    @Test
    void givenQuotedRange_whenParsed_thenItsCommaPartsNothing() {
        List<HeaderClause> clauses =
                HeaderClause.parse("a.b;c.d;version=\"[1,2)\";resolution:=optional, e.f ;x:Long=\"7\"");

        assertThat(clauses)
                .containsExactly(
                        new HeaderClause(
                                List.of("a.b", "c.d"), Map.of("version", "[1,2)"), Map.of("resolution", "optional")),
                        new HeaderClause(List.of("e.f"), Map.of("x", "7"), Map.of()));
    }

    @Test
    void givenEmptyHeader_whenParsed_thenThereIsNoClause() {
        assertThat(HeaderClause.parse("")).isEmpty();
    }
}
