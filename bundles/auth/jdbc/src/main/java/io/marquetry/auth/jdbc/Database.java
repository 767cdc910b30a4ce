// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.marquetry.api.client.ClientInfo;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A database with its pool of connections, asked by many threads at once. It need not be there when the broker starts:
 * the pool goes on trying, and a question waits for a connection as long as the settings say.
 */
final class Database implements AutoCloseable {
    private final DatabaseSettings settings;
    private final HikariDataSource pool;

    Database(DatabaseSettings settings, String name) {
        this.settings = settings;
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setDataSource(DriverSource.of(settings));
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(1);
        config.setConnectionTimeout(settings.connectTimeoutSeconds() * 1000L);
        // A connection that does not answer is given up early enough to try another one within the same question.
        config.setValidationTimeout(Math.max(250, settings.connectTimeoutSeconds() * 500L));
        config.setInitializationFailTimeout(-1);
        config.setReadOnly(true);
        config.setAutoCommit(true);
        pool = new HikariDataSource(config);
    }

    /**
     * Asks for rows and waits for them.
     *
     * @param most how many rows there may be
     * @return each row, the column's label in lower case to its text; a column with NULL is left out
     * @throws IllegalStateException with a sentence, when the database does not answer, or answers with an error or
     *     with more rows
     */
    List<Map<String, String>> rows(SqlQuery query, ClientInfo client, int most) {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(query.sql())) {
            statement.setQueryTimeout(settings.queryTimeoutSeconds());
            statement.setMaxRows(most + 1);
            query.bind(statement, client);
            try (ResultSet result = statement.executeQuery()) {
                return read(result, most);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(settings.where() + " did not answer the query: " + reason(e), e);
        }
    }

    /** The pool says only that there is no connection; why there is none lies below. */
    private static String reason(SQLException e) {
        String message = String.valueOf(e.getMessage());
        return e.getCause() instanceof SQLException cause ? message + ": " + cause.getMessage() : message;
    }

    private List<Map<String, String>> read(ResultSet result, int most) throws SQLException {
        ResultSetMetaData columns = result.getMetaData();
        List<Map<String, String>> rows = new ArrayList<>();
        while (result.next()) {
            if (rows.size() == most) {
                throw new SQLException("expected at most " + most + " rows, got more");
            }
            Map<String, String> row = new HashMap<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                String text = result.getString(i);
                if (text != null) {
                    row.put(columns.getColumnLabel(i).toLowerCase(Locale.ROOT), text);
                }
            }
            rows.add(row);
        }
        return rows;
    }

    @Override
    public void close() {
        pool.close();
    }
}
