// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import io.marquetry.itests.support.Daemon;
import io.marquetry.itests.support.Tool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code auth/redis} against Debian's Redis. */
abstract class RedisScenarios extends BackendScenarios {
    static final Duration LIMIT = Duration.ofSeconds(30);
    private static @Nullable RedisServer server;

    abstract RedisServer startServer() throws Exception;

    /** How the broker finds it. */
    abstract List<String> connection();

    static RedisServer server() {
        return Objects.requireNonNull(server);
    }

    @Override
    Daemon startBackend() throws Exception {
        server = startServer();
        return server().daemon();
    }

    /** Writes the users, as who may write. */
    static void fill(List<String> cli) throws Exception {
        add(cli, "meter", SECRET, false);
        add(cli, "admin", SECRET, true);
        add(cli, "nul", PASSWORD_WITH_NUL, false);
        add(cli, "long", LONG_PASSWORD, false);
        run(
                cli,
                "HSET",
                "mqtt_acl:meter",
                "data/${clientid}/up",
                "publish",
                "cmd/${clientid}",
                "{\"action\": \"subscribe\", \"qos\": [0, 1]}",
                "data/+/secret",
                "{\"action\": \"all\", \"permission\": \"deny\"}",
                "data/other/#",
                "{\"action\": \"all\", \"permission\": \"deny\"}",
                "data/#",
                "{\"action\": \"subscribe\", \"permission\": \"deny\"}",
                "eq cmd/#",
                "{\"action\": \"subscribe\", \"permission\": \"deny\"}");
    }

    private static void add(List<String> cli, String name, byte[] password, boolean superuser) throws Exception {
        run(
                cli,
                "HSET",
                "mqtt_user:" + name,
                "password_hash",
                hash(password),
                "salt",
                SALT,
                "is_superuser",
                superuser ? "1" : "0");
    }

    static List<String> run(List<String> cli, String... words) throws Exception {
        List<String> command = new ArrayList<>(cli);
        command.addAll(List.of(words));
        return Tool.run(Path.of("."), LIMIT, command);
    }

    List<String> configuration(String... more) {
        List<String> lines = new ArrayList<>(connection());
        lines.add("connectTimeoutSeconds = 1");
        lines.add("commandTimeoutSeconds = 1");
        lines.addAll(List.of(more));
        return lines;
    }

    @Override
    Installed install() throws Exception {
        Installed installed = Installed.drop(broker().process(), "redis");
        installed.authenticate(
                "test", configuration("command = HMGET mqtt_user:${username} password_hash salt is_superuser"));
        return installed;
    }

    @Override
    void authorize(Installed installed) throws Exception {
        installed.authorize("test", configuration());
    }
}
