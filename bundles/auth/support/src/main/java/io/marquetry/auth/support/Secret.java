// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Secrets of a configuration. */
public final class Secret {
    private static final String FILE = "file:";

    private Secret() {}

    /**
     * The secret that a value names: the text itself or, behind {@code file:}, the first line of a file.
     *
     * @param key what is configured by it, for the sentence
     * @throws IllegalArgumentException when the file cannot be read
     */
    public static String read(String key, String value) {
        if (!value.startsWith(FILE)) {
            return value;
        }
        try {
            Path path = Place.of(value.substring(FILE.length()));
            return Files.readString(path).lines().findFirst().orElse("");
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException("expected " + key + " to name a file that can be read: " + e, e);
        }
    }
}
