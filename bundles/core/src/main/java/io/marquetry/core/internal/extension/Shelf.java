// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;

/** {@code extensions/}: those that travel with the broker. It changes only when the broker is replaced. */
final class Shelf {
    /** One of them. */
    record Item(Path file, String name, String version) {}

    private final Path folder;
    private @Nullable Map<String, Item> items;

    Shelf(Path folder) {
        this.folder = folder;
    }

    /** By symbolic name. */
    synchronized Map<String, Item> items() throws IOException {
        Map<String, Item> read = items;
        if (read == null) {
            read = read();
            items = read;
        }
        return read;
    }

    private SortedMap<String, Item> read() throws IOException {
        SortedMap<String, Item> all = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return all;
        }
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            try (JarFile jar = new JarFile(file.toFile(), false)) {
                Manifest manifest = jar.getManifest();
                String name =
                        manifest == null ? null : manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME);
                if (manifest != null && name != null) {
                    String symbolic = name.replaceFirst(";.*", "").strip();
                    String version = manifest.getMainAttributes().getValue(Constants.BUNDLE_VERSION);
                    all.put(symbolic, new Item(file, symbolic, version == null ? "" : version));
                }
            }
        }
        return all;
    }
}
