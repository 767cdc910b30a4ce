// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import io.marquetry.config.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.felix.utils.properties.InterpolationHelper;

/**
 * {@code bin/marquetry restore DIR}: puts a backup of the store in its place while the broker is stopped. What was
 * there is put aside and never deleted; whenever this ends early, the store is as it was.
 */
public final class Restore {
    private static final String STORE = "io.marquetry.store.rocksdb";
    /** What is no part of a store: who has it open, and what a look at the free room leaves after a crash. */
    private static final List<String> LEFT_OUT = List.of("broker.lock", "probe.tmp", "LOCK");

    private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    private final BaseDirectory base;
    private final Environment environment;

    Restore(BaseDirectory base, Environment environment) {
        this.base = base;
        this.environment = environment;
    }

    /**
     * Restores. The exit code is 0 when the backup is in its place and 1 when nothing was changed.
     *
     * @param args the folder of the backup
     */
    public static void main(String[] args) {
        BaseDirectory base = new BaseDirectory(
                Path.of(System.getProperty("marquetry.home")), Path.of(System.getProperty("marquetry.base")));
        try {
            new Restore(base, Environment.of(System.getenv()))
                    .run(Path.of(args[0]))
                    .forEach(line -> System.out.println("marquetry: " + line));
        } catch (LaunchException e) {
            System.err.println("marquetry: " + e.getMessage());
            System.exit(1);
        }
    }

    /** Returns what was done, and what comes next. */
    List<String> run(Path folder) {
        Path backup = folder.toAbsolutePath().normalize();
        if (!Files.isDirectory(base.data())) {
            throw new LaunchException("there is no broker's directory in " + base.root()
                    + ", for it has no data/; name that of the broker: MARQUETRY_BASE=DIR bin/marquetry restore ...");
        }
        // No broker begins while this is at work.
        try (BaseLock lock = BaseLock.acquire(base)) {
            check(backup);
            return restore(backup, store());
        } catch (FileSystemException e) {
            throw failed(e.getReason() == null ? e.toString() : e.getFile() + ": " + e.getReason(), e);
        } catch (IOException | UncheckedIOException e) {
            throw failed(e.toString(), e);
        }
    }

    private static LaunchException failed(String why, Exception cause) {
        return new LaunchException(
                "the backup is not restored: " + why + "; run it as the user of the broker, with room"
                        + " for a copy on the disk of the store",
                cause);
    }

    // --- where from, where to ---

    private static void check(Path backup) throws IOException {
        if (!Files.exists(backup)) {
            throw new LaunchException(
                    "there is no folder " + backup + "; expected one that mqtt:store-backup has made");
        }
        Path current = backup.resolve("CURRENT");
        if (!Files.isRegularFile(current)
                || !Files.isRegularFile(backup.resolve(Files.readString(current).strip()))) {
            throw new LaunchException(backup + " is no backup of a store: expected a folder that mqtt:store-backup has"
                    + " made, with a file CURRENT and the MANIFEST that it names");
        }
        if (isOpen(backup)) {
            throw new LaunchException("the store in " + backup + " is in use, and a copy of it would not be whole;"
                    + " expected a folder that mqtt:store-backup has made");
        }
    }

    /** The folder of the store, as the broker finds it. */
    private Path store() throws IOException {
        Map<String, String> values = new TreeMap<>();
        Path file = base.conf().resolve(STORE + ".cfg");
        if (Files.exists(file)) {
            Properties properties = new Properties();
            try (InputStream in = Files.newInputStream(file)) {
                properties.load(in);
            }
            properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
            InterpolationHelper.performSubstitution(values);
        }
        values.putAll(environment.valuesOf(STORE));
        Path path =
                base.root().resolve(values.getOrDefault("path", "data/store").strip());
        if (Files.isSymbolicLink(path) && !Files.exists(path)) {
            throw new LaunchException("the store's path " + path + " is a link to " + Files.readSymbolicLink(path)
                    + ", and there is nothing; mount its disk, or make that folder");
        }
        return Files.exists(path) ? path.toRealPath() : path.normalize();
    }

    /** Whether a process has a store open; it holds a lock then. */
    private static boolean isOpen(Path store) throws IOException {
        Path file = store.resolve("broker.lock");
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return channel.tryLock() == null;
        }
    }

    // --- the copy takes the place ---

    private List<String> restore(Path backup, Path store) throws IOException {
        if (backup.toRealPath().equals(store) || store.startsWith(backup.toRealPath())) {
            throw new LaunchException(backup + " is or holds the store itself; expected a copy of it elsewhere");
        }
        boolean replaces = Files.exists(store);
        if (replaces && isOpen(store)) {
            throw new LaunchException("the store in " + store + " is in use by another broker; stop that one first");
        }
        Path parent = store.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new LaunchException("the folder of the store would be " + store + ", and there is no " + parent
                    + "; mount its disk, or put path right in conf/" + STORE + ".cfg");
        }
        if (replaces && !Files.getFileStore(store).equals(Files.getFileStore(parent))) {
            throw new LaunchException("the store is in " + store + ", which is the root of a disk, so nothing can take"
                    + " its place at once; move it into a folder there and set path in conf/" + STORE + ".cfg");
        }
        Path copy = store.resolveSibling(store.getFileName() + ".restoring");
        Path aside = store.resolveSibling(store.getFileName() + ".before-"
                + LocalDateTime.now(ZoneOffset.UTC).format(MOMENT));
        if (Files.exists(aside)) {
            throw new LaunchException(aside + " is there already; try again in a second");
        }
        BaseDirectory.deleteTree(copy);
        long bytes;
        try {
            bytes = copy(backup, copy, replaces ? store : parent);
            if (replaces) {
                Files.move(store, aside, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(copy, store, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            if (replaces && !Files.exists(store)) {
                Files.move(aside, store, StandardCopyOption.ATOMIC_MOVE);
            }
            BaseDirectory.deleteTree(copy);
            throw e;
        }
        sync(parent);
        Files.deleteIfExists(base.data().resolve("store.name")); // it may be of a store before that
        return List.of(
                backup + ", " + bytes + " bytes, is copied and is the store now, in " + store,
                replaces
                        ? "what was the store is in " + aside + "; delete it when all is well"
                        : "there was no store in its place",
                "next: bin/marquetry start, then bin/marquetry shell mqtt:store-verify");
    }

    /** Copies the files and has the disk take them. Returns how many bytes they have. */
    private static long copy(Path backup, Path copy, Path ownedAs) throws IOException {
        Files.createDirectory(copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        own(copy, ownedAs);
        List<Path> files;
        try (Stream<Path> all = Files.list(backup)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !LEFT_OUT.contains(file.getFileName().toString()))
                    .sorted()
                    .toList();
        }
        long bytes = 0;
        for (Path file : files) {
            Path target = copy.resolve(file.getFileName());
            Files.copy(file, target);
            own(target, ownedAs);
            sync(target);
            bytes += Files.size(target);
        }
        sync(copy);
        return bytes;
    }

    /** What root restores is for the broker's user, who owned what was there. */
    private static void own(Path file, Path as) throws IOException {
        for (String whose : List.of("unix:gid", "unix:uid")) {
            Object wanted = Files.getAttribute(as, whose);
            if (!wanted.equals(Files.getAttribute(file, whose))) {
                Files.setAttribute(file, whose, wanted);
            }
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
