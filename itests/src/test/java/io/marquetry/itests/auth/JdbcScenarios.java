// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Daemon;
import io.marquetry.itests.support.Patience;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@code auth/jdbc} against a real database. */
abstract class JdbcScenarios extends BackendScenarios {
    private static @Nullable SqlServer server;

    abstract SqlServer startServer() throws Exception;

    @Override
    Daemon startBackend() throws Exception {
        server = startServer();
        server().run("CREATE TABLE mqtt_user (username VARCHAR(255) PRIMARY KEY, password_hash VARCHAR(255),"
                + " salt VARCHAR(40), is_superuser BOOLEAN)");
        server().run("CREATE TABLE mqtt_acl (number INT PRIMARY KEY, username VARCHAR(255), permission VARCHAR(5),"
                + " action VARCHAR(9), topic VARCHAR(255), qos VARCHAR(9), retain INT)");
        add("meter", SECRET, false);
        add("slow", SECRET, false);
        add("admin", SECRET, true);
        add("nul", PASSWORD_WITH_NUL, false);
        add("long", LONG_PASSWORD, false);
        server().run("INSERT INTO mqtt_acl VALUES"
                + " (1, 'meter', 'allow', 'publish', 'data/${clientid}/up', NULL, NULL),"
                + " (2, 'meter', 'deny', 'all', 'data/#', NULL, NULL),"
                + " (3, 'meter', 'allow', 'subscribe', 'cmd/${clientid}', '0,1', NULL),"
                + " (4, 'meter', 'deny', 'all', '#', NULL, NULL)");
        return server().daemon();
    }

    static SqlServer server() {
        return Objects.requireNonNull(server);
    }

    private static void add(String name, byte[] password, boolean superuser) throws Exception {
        server().run("INSERT INTO mqtt_user VALUES ('" + name + "', '" + hash(password) + "', '" + SALT + "', "
                + superuser + ")");
    }

    private static List<String> connection(String url, String... more) {
        List<String> lines = new ArrayList<>(List.of(
                "url = " + url,
                "username = mq",
                "password = mqpass",
                "connectTimeoutSeconds = 1",
                "queryTimeoutSeconds = 1"));
        lines.addAll(List.of(more));
        return lines;
    }

    private static List<String> users() {
        return users(server().url());
    }

    static List<String> users(String url) {
        return connection(
                url,
                "algorithm = sha256",
                "saltPosition = prefix",
                "query = SELECT password_hash, salt, is_superuser, CASE WHEN username = 'slow' THEN " + server().sleep()
                        + " END AS nothing FROM mqtt_user WHERE username = ${username}");
    }

    @Override
    Installed install() throws Exception {
        Installed installed = Installed.drop(broker().process(), "jdbc");
        installed.authenticate("test", users());
        return installed;
    }

    @Override
    void authorize(Installed installed) throws Exception {
        installed.authorize(
                "test",
                connection(
                        server().url(),
                        "query = SELECT permission, action, topic, qos, retain FROM mqtt_acl"
                                + " WHERE username = ${username} ORDER BY number"));
    }

    @Test
    void givenQueryThatTakesAMinute_whenItsTimeIsOver_thenTheServerEndsItAndOthersComeIn() {
        assertThat(enter(as("slow", "secret"))).isEqualTo(SERVER_UNAVAILABLE);

        Patience.until("others to be let in", () -> enter(as("meter", "secret")) == 0);
    }

    @Test
    void givenDatabaseThatIsDownAtTheStart_whenItComes_thenClientsAreLetIn() throws Exception {
        extension().remove("authenticator", "test");
        backend().kill();

        extension().authenticate("test", users());
        assertThat(enter(as("meter", "secret"))).isEqualTo(SERVER_UNAVAILABLE);
        backend().start();

        Patience.until("clients to be let in", () -> enter(as("meter", "secret")) == 0);
    }
}
