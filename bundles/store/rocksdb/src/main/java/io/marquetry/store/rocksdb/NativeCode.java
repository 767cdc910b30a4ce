// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.NativeLibraryLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the engine's native code once for each class loader, that is for each revision of the bundle. The JVM refuses a
 * file that another class loader has loaded, so each revision takes a copy under a name of its own out of its jar; the
 * copy is deleted at once, the mapping stays.
 */
final class NativeCode {
    private static final Logger LOG = LoggerFactory.getLogger(NativeCode.class);
    private static final String COPY = "native-";
    private static boolean loaded;

    private NativeCode() {}

    /**
     * Loads it, if that was not done yet.
     *
     * @param folder where a copy may lie for a moment; null for that of temporary files
     */
    static synchronized void load(@Nullable File folder) {
        if (loaded) {
            return;
        }
        try {
            Path copies = folder == null ? null : folder.toPath();
            Path own;
            if (copies == null) {
                own = Files.createTempDirectory(COPY);
            } else {
                Files.createDirectories(copies);
                removeLeft(copies);
                own = Files.createTempDirectory(copies, COPY);
            }
            try {
                NativeLibraryLoader.getInstance().loadLibrary(own.toString());
            } finally {
                remove(own);
            }
            loaded = true;
        } catch (IOException | UnsatisfiedLinkError | RuntimeException e) {
            throw new IllegalStateException(
                    "RocksDB's native code cannot be loaded on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch") + ": " + e.getMessage()
                            + "; expected Linux on x86-64 or aarch64, libstdc++, and that the folder "
                            + (folder == null ? System.getProperty("java.io.tmpdir") : folder)
                            + " can be written and is not mounted noexec",
                    e);
        }
    }

    /** Copies of a broker that was killed between the two steps. */
    private static void removeLeft(Path copies) throws IOException {
        List<Path> left;
        try (Stream<Path> all = Files.list(copies)) {
            left = all.filter(each -> each.getFileName().toString().startsWith(COPY))
                    .toList();
        }
        left.forEach(NativeCode::remove);
    }

    private static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("a copy of the native code stays in {}", folder, e);
        }
    }
}
