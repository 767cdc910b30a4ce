// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlQueryTest {
    @Test
    void givenPlaceholders_whenParsed_thenTheyAreParametersInOrder() {
        SqlQuery query = SqlQuery.parse("SELECT 'it''s' FROM t WHERE a = ${username} AND b = ${clientid} OR c = %u");

        assertThat(query.sql()).isEqualTo("SELECT 'it''s' FROM t WHERE a = ? AND b = ? OR c = ?");
        assertThat(query.names()).containsExactly("username", "clientid", "username");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1 FROM t WHERE a = '${username}'",
                "SELECT 1 FROM t WHERE a LIKE '%/${username}'",
                "SELECT 1 FROM \"${username}\"",
                "SELECT 1 FROM `${clientid}`"
            })
    void givenPlaceholderInQuotes_whenParsed_thenRefused(String text) {
        assertThatThrownBy(() -> SqlQuery.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without quotes");
    }

    @Test
    void givenPlaceholderThatIsNone_whenParsed_thenRefused() {
        assertThatThrownBy(() -> SqlQuery.parse("SELECT 1 WHERE a = ${user}")).hasMessageContaining("${user}");
    }
}
