// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the engine's native code once for each class loader, that is for each revision of the bundle. The JVM refuses a
 * file that another class loader has loaded, so each revision takes a copy under a name of its own out of its jar; the
 * copy is deleted at once, the mapping stays.
 *
 * <p>The copies must not know each other. The compiler has marked what inline functions keep between calls as unique in
 * the process ({@code STB_GNU_UNIQUE}), and among that are the identifiers of Java methods: a second revision would
 * call methods of classes of the first one, which are gone by then, and end the JVM. It would also keep the first copy
 * from ever being unloaded. So the mark is made an ordinary one ({@code STB_WEAK}) in the copy before it is loaded.
 */
final class NativeCode {
    private static final Logger LOG = LoggerFactory.getLogger(NativeCode.class);
    private static final String COPY = "native-";
    /** What the file is called in the jar, and what the engine looks for in a folder. */
    private static final String IN_JAR = Environment.getJniLibraryFileName("rocksdb");

    private static final String IN_FOLDER = Environment.getJniLibraryFileName("rocksdbjni");
    private static boolean loaded;

    private NativeCode() {}

    /**
     * Loads it, if that was not done yet.
     *
     * @param folder where a copy may lie for a moment; null for that of temporary files
     * @throws StoreException when there is no room for the copy
     */
    static synchronized void load(@Nullable File folder) throws StoreException {
        if (loaded) {
            return;
        }
        Path copies = (folder == null ? new File(System.getProperty("java.io.tmpdir", "/tmp")) : folder).toPath();
        try {
            if (folder != null) {
                Files.createDirectories(copies);
                removeLeft(copies);
            }
            Path own = Files.createTempDirectory(copies, COPY);
            try {
                Files.write(own.resolve(IN_FOLDER), withoutUnique(code()));
                RocksDB.loadLibrary(List.of(own.toString()));
            } finally {
                remove(own);
            }
            loaded = true;
        } catch (IOException | UnsatisfiedLinkError | RuntimeException e) {
            if (e instanceof IOException told && NotYetException.of(told) == NotYetException.Obstacle.NO_ROOM) {
                throw Access.full(copies, e);
            }
            throw new IllegalStateException(
                    "RocksDB's native code cannot be loaded on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch") + ": " + e.getMessage()
                            + "; expected Linux on x86-64 or aarch64, with libstdc++, and a folder " + copies
                            + " that can be written and is not mounted noexec",
                    e);
        }
    }

    private static byte[] code() throws IOException {
        try (InputStream in = RocksDB.class.getClassLoader().getResourceAsStream(IN_JAR)) {
            if (in == null) {
                throw new IOException("there is no " + IN_JAR + " in this jar");
            }
            return in.readAllBytes();
        }
    }

    /** Makes every unique symbol of a shared library for 64 bit little endian an ordinary one. */
    static byte[] withoutUnique(byte[] code) {
        ByteBuffer elf = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
        boolean isElf64 = code.length > 64 && elf.getInt(0) == 0x464c457f && code[4] == 2 && code[5] == 1;
        if (!isElf64) {
            return code;
        }
        long sections = elf.getLong(0x28);
        int size = elf.getShort(0x3a);
        for (int i = 0; i < elf.getShort(0x3c); i++) {
            int section = Math.toIntExact(sections + (long) i * size);
            int dynamicSymbols = 11;
            if (elf.getInt(section + 4) == dynamicSymbols) {
                int from = Math.toIntExact(elf.getLong(section + 0x18));
                int to = Math.toIntExact(from + elf.getLong(section + 0x20));
                int each = Math.toIntExact(elf.getLong(section + 0x38));
                for (int symbol = from; symbol < to; symbol += each) {
                    int info = symbol + 4; // four bits of binding, four of type
                    int unique = 10;
                    int weak = 2;
                    if ((code[info] & 0xff) >> 4 == unique) {
                        code[info] = (byte) ((weak << 4) | (code[info] & 0xf));
                    }
                }
            }
        }
        return code;
    }

    /** Copies of a broker that was killed between two steps. */
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
