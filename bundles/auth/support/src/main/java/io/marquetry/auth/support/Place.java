// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where files of a configuration lie: a relative name starts where {@code conf/} and {@code data/} are. */
public final class Place {
    private Place() {}

    /**
     * The path of a file.
     *
     * @throws InvalidPathException when the text is none
     */
    public static Path of(String text) {
        return Path.of(System.getProperty("karaf.base", "")).resolve(text.strip());
    }
}
