// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.client.Template;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * A query whose placeholders are parameters of a prepared statement: whatever a client writes into its user name is a
 * value and never SQL.
 *
 * @param sql the statement, a question mark in the place of each placeholder
 * @param names the placeholders in order
 */
record SqlQuery(String sql, List<String> names) {
    /**
     * Reads a query with the placeholders of {@link Template}.
     *
     * @throws IllegalArgumentException with a sentence that says what was expected
     */
    static SqlQuery parse(String text) {
        Template template = Template.parse(text);
        String sql = template.render(name -> "?");
        // Between quotes the question mark would be a letter, and the placeholder would silently never be filled.
        String marked = template.render(name -> "\0");
        char quote = 0;
        for (int i = 0; i < marked.length(); i++) {
            char c = marked.charAt(i);
            if (c == '\0' && quote != 0) {
                throw new IllegalArgumentException("expected placeholders without quotes around them: the driver fills"
                        + " them as values, as in WHERE username = ${username}");
            }
            if (quote == 0 && (c == '\'' || c == '"' || c == '`')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            }
        }
        return new SqlQuery(sql, template.placeholders());
    }

    /** Fills it for one client; what the client has not is NULL, which equals nothing. */
    void bind(PreparedStatement statement, ClientInfo client) throws SQLException {
        for (int i = 0; i < names.size(); i++) {
            statement.setString(i + 1, Template.value(client, names.get(i)));
        }
    }
}
