// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.config.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckConfigTest {
    @TempDir
    Path conf;

    @Test
    void givenTheFilesThatWeShip_whenChecked_thenAllIsRight() {
        CheckConfig check = check(Path.of("..", "src", "main", "conf"), Map.of());

        assertThat(check.problems()).isEmpty();
        assertThat(check.notes()).isEmpty();
    }

    @Test
    void givenBadValueAndUnknownKey_whenChecked_thenEachIsNamed() throws IOException {
        Files.writeString(conf.resolve("io.marquetry.core.mqtt.cfg"), "maxInflight = many\nmaxInfligt = 3\n");
        Files.writeString(conf.resolve("io.marquetry.transport.tcp-default.cfg"), "bind = 127.0.0.1:99999\n");

        assertThat(check(conf, Map.of()).problems())
                .hasSize(3)
                .anyMatch(problem -> problem.contains("maxInflight = many"))
                .anyMatch(problem -> problem.contains("maxInfligt"))
                .anyMatch(problem -> problem.contains("127.0.0.1:99999"));
    }

    @Test
    void givenBadValueInTheEnvironment_whenChecked_thenItCountsOverTheFile() throws IOException {
        Files.writeString(conf.resolve("io.marquetry.core.mqtt.cfg"), "maxInflight = 3\n");

        CheckConfig check = check(
                conf,
                Map.of(
                        "MARQUETRY_MQTT__MAX_INFLIGHT", "-1",
                        "MARQUETRY_MQQT__MAX_INFLIGHT", "7",
                        "MARQUETRY_LISTENERS__TCP__SECOND__BIND", "nowhere"));

        assertThat(check.problems())
                .hasSize(3)
                .anyMatch(problem -> problem.contains("maxInflight = -1"))
                .anyMatch(problem -> problem.contains("MARQUETRY_MQQT__MAX_INFLIGHT"))
                .anyMatch(problem -> problem.contains("bind = nowhere"));
    }

    @Test
    void givenFileOfAnExtension_whenChecked_thenItIsLeftToThat() throws IOException {
        Files.writeString(conf.resolve("io.marquetry.auth.jdbc.cfg"), "url = x\n");

        CheckConfig check = check(conf, Map.of());

        assertThat(check.problems()).isEmpty();
        assertThat(check.notes()).singleElement().asString().contains("io.marquetry.auth.jdbc.cfg");
    }

    private static CheckConfig check(Path directory, Map<String, String> variables) {
        CheckConfig check = new CheckConfig(directory, Environment.of(variables));
        check.run();
        return check;
    }
}
