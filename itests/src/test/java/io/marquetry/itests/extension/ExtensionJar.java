// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.marquetry.itests.support.Distribution;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A bundle that a test puts together, from nothing or from one that travels with the broker. Mutable. */
final class ExtensionJar {
    private final Manifest manifest;
    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    private ExtensionJar(Manifest manifest) {
        this.manifest = manifest;
    }

    /** A bundle with nothing in it. */
    static ExtensionJar bundle(String symbolicName) {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        return new ExtensionJar(manifest)
                .header("Bundle-ManifestVersion", "2")
                .header("Bundle-SymbolicName", symbolicName)
                .header("Bundle-Version", "1.0.0");
    }

    /** The bundle of this name in the {@code extensions/} of the archive, to be changed. */
    static ExtensionJar travelling(String name) throws IOException {
        try (JarInputStream in = new JarInputStream(Files.newInputStream(file(name)))) {
            ExtensionJar jar = new ExtensionJar(Objects.requireNonNull(in.getManifest(), "the manifest comes first"));
            for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                if (!entry.isDirectory()) {
                    jar.entries.put(entry.getName(), in.readAllBytes());
                }
            }
            return jar;
        }
    }

    /** The file in {@code extensions/}. */
    static Path file(String name) {
        return Distribution.home().resolve("extensions").resolve(name + ".jar");
    }

    /** Sets a header of the manifest. */
    ExtensionJar header(String name, String value) {
        manifest.getMainAttributes().putValue(name, value);
        return this;
    }

    /** Adds a class of the tests. */
    ExtensionJar add(Class<?> type) throws IOException {
        String name = type.getName().replace('.', '/') + ".class";
        try (InputStream in = Objects.requireNonNull(type.getClassLoader().getResourceAsStream(name), name)) {
            entries.put(name, in.readAllBytes());
        }
        return this;
    }

    /** Adds a text. */
    ExtensionJar add(String name, String text) {
        return add(name, text.getBytes(UTF_8));
    }

    /** Adds a file. */
    ExtensionJar add(String name, byte[] bytes) {
        entries.put(name, bytes);
        return this;
    }

    /** Replaces {@code from} in every text of this name ending; fails when it is nowhere. */
    ExtensionJar replace(String ending, String from, String to) {
        boolean found = false;
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
            String text = new String(entry.getValue(), UTF_8);
            if (entry.getKey().endsWith(ending) && text.contains(from)) {
                entry.setValue(text.replace(from, to).getBytes(UTF_8));
                found = true;
            }
        }
        if (!found) {
            throw new AssertionError("no entry " + ending + " of " + entries.keySet() + " holds " + from);
        }
        return this;
    }

    /** The file's bytes. */
    byte[] toBytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey()));
                out.write(entry.getValue());
                out.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    /** Writes the file as a copying operator does: into place, over what is there. */
    void writeTo(Path file) throws IOException {
        Files.write(file, toBytes());
    }
}
