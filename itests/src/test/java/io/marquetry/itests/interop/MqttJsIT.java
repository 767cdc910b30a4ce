// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.BrokerTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MQTT.js in Node.js: {@code scenarios.mjs}, with the versions of {@code package-lock.json}. */
class MqttJsIT extends BrokerTest {
    private static final Path FOLDER = Path.of("target", "mqttjs").toAbsolutePath();
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @BeforeAll
    static void install() throws Exception {
        Files.createDirectories(FOLDER);
        boolean changed = copy("package.json") | copy("package-lock.json");
        copy("scenarios.mjs");
        if (changed || !Files.isDirectory(FOLDER.resolve("node_modules/mqtt"))) {
            Tool.run(
                    FOLDER,
                    LIMIT,
                    List.of(Tool.path("npm", "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
        }
    }

    /** Copies a resource; returns whether the file was another one. */
    private static boolean copy(String name) throws IOException {
        Path file = FOLDER.resolve(name);
        try (InputStream in = Objects.requireNonNull(MqttJsIT.class.getResourceAsStream("/mqttjs/" + name), name)) {
            byte[] fresh = in.readAllBytes();
            boolean changed = !Files.exists(file) || !java.util.Arrays.equals(fresh, Files.readAllBytes(file));
            Path part = file.resolveSibling(name + ".part");
            Files.write(part, fresh);
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            return changed;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"4", "5"})
    void givenMqttJs_whenItDoesWhatProgramsDo_thenAllIsWell(String version) throws Exception {
        String port = Integer.toString(broker().port());

        List<String> lines = Tool.run(
                FOLDER,
                LIMIT,
                List.of(Tool.path("node", "nodejs"), "scenarios.mjs", port, version, id("js") + "v" + version));

        assertThat(lines)
                .containsExactly(
                        "passed publish",
                        "passed retained",
                        "passed will",
                        "passed session",
                        "passed shared",
                        "passed large",
                        "all passed");
    }
}
