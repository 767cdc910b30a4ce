// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** A folder with MQTT.js, from npm by {@code package-lock.json}, and the programs of the tests. */
public final class MqttJs {
    /** How long npm or a program may take. */
    public static final Duration LIMIT = Duration.ofSeconds(120);

    private static final Path FOLDER = Path.of("target", "mqttjs").toAbsolutePath();

    private MqttJs() {}

    /** Makes the folder unless it is there already. */
    public static synchronized Path install() throws Exception {
        Files.createDirectories(FOLDER);
        boolean changed = copy("package.json") | copy("package-lock.json");
        for (String program : List.of("scenarios.mjs", "secure.mjs", "browser.html")) {
            copy(program);
        }
        if (changed || !Files.isDirectory(FOLDER.resolve("node_modules/mqtt"))) {
            Tool.run(
                    FOLDER,
                    LIMIT,
                    List.of(Tool.path("npm", "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
        }
        return FOLDER;
    }

    /** Copies a resource; returns whether the file was another one. */
    private static boolean copy(String name) throws IOException {
        Path file = FOLDER.resolve(name);
        try (InputStream in = Objects.requireNonNull(MqttJs.class.getResourceAsStream("/mqttjs/" + name), name)) {
            byte[] fresh = in.readAllBytes();
            boolean changed = !Files.exists(file) || !Arrays.equals(fresh, Files.readAllBytes(file));
            Path part = file.resolveSibling(name + ".part");
            Files.write(part, fresh);
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            return changed;
        }
    }
}
