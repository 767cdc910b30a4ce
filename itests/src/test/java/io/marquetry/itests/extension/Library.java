// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;

/** A library of another maker, of which there are several versions with the same class. */
final class Library {
    /** Its class. A constant, so that who uses it needs nothing of this one. */
    static final String NAME = "com.example.library.Library";

    private static final String SOURCE = """
            package com.example.library;

            public final class Library {
                public static String text() {
                    return "library %d";
                }
            }
            """;

    private Library() {}

    /** The jar of a version. */
    static byte[] compiled(int version) throws IOException {
        Path folder = Files.createTempDirectory("library");
        Path source = Files.writeString(folder.resolve("Library.java"), SOURCE.formatted(version));
        int failed =
                ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder.toString(), source.toString());
        if (failed != 0) {
            throw new AssertionError("the library cannot be compiled");
        }
        String entry = NAME.replace('.', '/') + ".class";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream out = new JarOutputStream(bytes)) {
            out.putNextEntry(new JarEntry(entry));
            out.write(Files.readAllBytes(folder.resolve(entry)));
        }
        return bytes.toByteArray();
    }
}
