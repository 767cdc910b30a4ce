// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlaceTest {
    @TempDir
    Path base;

    @BeforeEach
    void begin() throws Exception {
        System.setProperty("karaf.base", base.toString());
        Files.writeString(base.resolve("secret.txt"), "s3cret\n");
    }

    @AfterEach
    void end() {
        System.clearProperty("karaf.base");
    }

    @Test
    void givenRelativeNames_whenRead_thenTheyStartAtTheFolderOfTheBroker() {
        InstanceKeys keys = InstanceKeys.of(Map.of("file", "secret.txt", "password", "file:secret.txt"), "x");

        assertThat(keys.file("file")).isEqualTo(base.resolve("secret.txt"));
        assertThat(keys.secret("password")).isEqualTo("s3cret");
        assertThat(keys.keys().problems()).isEmpty();
    }

    @Test
    void givenAbsoluteName_whenRead_thenItStays() {
        Path absolute = base.resolve("secret.txt");

        assertThat(Place.of(" " + absolute)).isEqualTo(absolute);
    }
}
