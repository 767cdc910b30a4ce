// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ProtocolVersion;
import java.sql.DriverManager;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JdbcAuthenticatorTest {
    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql", "jdbc:mariadb", "jdbc:mysql"})
    void givenNoDatabase_whenAskedAndClosed_thenASentenceAndNothingIsLeft(String scheme) throws Exception {
        JdbcAuthenticator authenticator = new JdbcAuthenticator(
                Map.of("url", scheme + "://127.0.0.1:1/mqtt?password=hidden", "connectTimeoutSeconds", "1"));
        ClientInfo client =
                new ClientInfo("c", "u", ProtocolVersion.MQTT_5, null, "tcp:default", true, 60, 0, null, "");

        assertThatThrownBy(() -> authenticator.authenticate(new Credentials(client, new byte[0])))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageMatching(
                        "(?s)" + scheme + "://127\\.0\\.0\\.1:1/mqtt did not answer the query: .*[Cc]onnect.*")
                .hasMessageNotContaining("hidden");
        authenticator.close();

        assertThat(DriverManager.drivers())
                .noneMatch(driver -> driver.getClass().getName().matches("org\\.(postgresql|mariadb)\\..*"));
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("auth.jdbc")) {
                thread.join(10_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "url | | url = : expected where the database is",
                "url | jdbc:oracle:thin:@x | url = jdbc:oracle:thin:@x: expected a url that begins with jdbc:postgresql:",
                "poolSize | many | poolSize = many: expected a whole number from 1 to 1000",
                "algorithm | rot13 | algorithm = rot13: expected algorithm to be one of plain, md5",
                "query | SELECT '${username}' | expected placeholders without quotes",
                "password | file:/nowhere/at/all | password = file:/nowhere/at/all: expected password to name a file"
            })
    void givenBadValue_whenConfigured_thenRefusedWithTheKey(String key, String value, String sentence) {
        Map<String, Object> properties = new HashMap<>(Map.of(
                "url", "jdbc:postgresql://127.0.0.1:1/mqtt", "service.pid", "io.marquetry.auth.jdbc.authenticator~a"));
        properties.put(key, value == null ? "" : value);

        assertThatThrownBy(() -> new JdbcAuthenticator(properties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("conf/io.marquetry.auth.jdbc.authenticator-a.cfg")
                .hasMessageContaining(sentence);
    }

    @Test
    void givenSettings_whenShown_thenWithoutPassword() {
        DatabaseSettings settings = new DatabaseSettings(
                DatabaseSettings.Kind.POSTGRESQL, "jdbc:postgresql://h/d?password=hidden", "u", "hidden", 1, 1, 1);

        assertThat(settings).hasToString("jdbc:postgresql://h/d");
    }
}
