// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Connections from a driver that lies in this jar, not by way of {@link DriverManager}: that would keep the driver, and
 * so the classes of an extension that has left.
 */
final class DriverSource implements DataSource {
    private final Driver driver;
    private final String url;
    private final Properties properties;

    private DriverSource(Driver driver, String url, Properties properties) {
        this.driver = driver;
        this.url = url;
        this.properties = properties;
    }

    /** A source of connections to the database of these settings; connects to nothing yet. */
    static DriverSource of(DatabaseSettings settings) {
        Properties properties = new Properties();
        if (settings.username() != null) {
            properties.setProperty("user", settings.username());
        }
        if (settings.password() != null) {
            properties.setProperty("password", settings.password());
        }
        // The driver waits a little longer than the query may take: the server's own end of a query comes first and
        // leaves a connection that can be used again.
        int connectSeconds = settings.connectTimeoutSeconds();
        int socketSeconds = settings.queryTimeoutSeconds() + 1;
        boolean postgresql = settings.kind() == DatabaseSettings.Kind.POSTGRESQL;
        int unit = postgresql ? 1 : 1000;
        properties.setProperty("connectTimeout", Integer.toString(connectSeconds * unit));
        properties.setProperty("socketTimeout", Integer.toString(socketSeconds * unit));
        if (postgresql) {
            properties.setProperty("ApplicationName", "marquetry");
            // Asking a server that hangs to end a query must not take longer than the query.
            properties.setProperty("cancelSignalTimeout", Integer.toString(connectSeconds));
            // A parameter takes the type of the column that it is compared with.
            properties.setProperty("stringtype", "unspecified");
        }
        return new DriverSource(load(settings.kind().driver()), settings.driverUrl(), properties);
    }

    /** Drivers enter themselves into DriverManager when they are loaded; those of this jar are taken out at once. */
    private static synchronized Driver load(String className) {
        ClassLoader own = DriverSource.class.getClassLoader();
        try {
            Driver driver = (Driver)
                    Class.forName(className, true, own).getDeclaredConstructor().newInstance();
            for (Driver registered : DriverManager.drivers().toList()) {
                if (registered.getClass().getClassLoader() == own) {
                    DriverManager.deregisterDriver(registered);
                }
            }
            return driver;
        } catch (ReflectiveOperationException | SQLException e) {
            throw new IllegalStateException("the driver " + className + " of this jar cannot be used", e);
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = driver.connect(url, properties);
        if (connection == null) {
            throw new SQLException("the driver does not understand the url");
        }
        return connection;
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("one user for all connections");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {}

    /** Set by the pool; the properties have it already. */
    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("not by java.util.logging");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("no " + type.getName() + " inside");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
