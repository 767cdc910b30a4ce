// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import io.marquetry.auth.support.InstanceKeys;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which database, and how long to wait for it.
 *
 * @param kind who speaks to it
 * @param url as it was written
 * @param username who asks, or null when the url says it
 * @param password of whom, or null
 * @param poolSize the most connections
 * @param connectTimeoutSeconds how long to wait for a connection
 * @param queryTimeoutSeconds how long to wait for the answer to a query
 */
record DatabaseSettings(
        Kind kind,
        String url,
        @Nullable String username,
        @Nullable String password,
        int poolSize,
        int connectTimeoutSeconds,
        int queryTimeoutSeconds) {

    /** A database whose driver travels in this jar. */
    enum Kind {
        POSTGRESQL("jdbc:postgresql:", "org.postgresql.Driver"),
        MARIADB("jdbc:mariadb:", "org.mariadb.jdbc.NonRegisteringDriver"),
        MYSQL("jdbc:mysql:", "org.mariadb.jdbc.NonRegisteringDriver");

        private final String scheme;
        private final String driver;

        Kind(String scheme, String driver) {
            this.scheme = scheme;
            this.driver = driver;
        }

        String driver() {
            return driver;
        }

        static Kind of(String url) {
            return Arrays.stream(values())
                    .filter(kind -> url.startsWith(kind.scheme))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("expected a url that begins with "
                            + Arrays.stream(values()).map(kind -> kind.scheme).collect(Collectors.joining(", or "))
                            + ", such as jdbc:postgresql://127.0.0.1:5432/mqtt"));
        }
    }

    /** Reads them; problems stay in {@code keys}. */
    static DatabaseSettings read(InstanceKeys keys) {
        String url = keys.required("url", "where the database is, such as jdbc:postgresql://127.0.0.1:5432/mqtt");
        Kind kind = keys.parse("url", withoutParameters(url), Kind::of);
        return new DatabaseSettings(
                kind == null ? Kind.POSTGRESQL : kind,
                url,
                keys.keys().string("username", "").isEmpty()
                        ? null
                        : keys.keys().string("username", ""),
                keys.secret("password"),
                keys.keys().integer("poolSize", 8, 1, 1000),
                keys.keys().integer("connectTimeoutSeconds", 2, 1, 300),
                keys.keys().integer("queryTimeoutSeconds", 2, 1, 300));
    }

    /** The url as its driver wants it: MySQL is spoken to by MariaDB's. */
    String driverUrl() {
        return kind == Kind.MYSQL ? Kind.MARIADB.scheme + url.substring(kind.scheme.length()) : url;
    }

    /** The url as it may be shown: parameters can hold a password. */
    String where() {
        return withoutParameters(url);
    }

    private static String withoutParameters(String url) {
        int parameters = url.indexOf('?');
        return parameters < 0 ? url : url.substring(0, parameters);
    }

    /** Leaves the password out, so that it never reaches a log. */
    @Override
    public String toString() {
        return where();
    }
}
