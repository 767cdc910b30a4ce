// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The two directories of a running broker: {@code home}, the unpacked archive, which is only read, and {@code base},
 * where {@code conf/ deploy/ data/ log/} live. They may be the same.
 *
 * <p>{@code data/etc} holds the container's own settings. It is a copy of {@code lib/etc} of the archive and is
 * replaced, together with the bundle cache, when the archive is another build than the one that wrote it.
 */
final class BaseDirectory {
    private final Path home;
    private final Path base;

    BaseDirectory(Path home, Path base) {
        this.home = home.toAbsolutePath().normalize();
        this.base = base.toAbsolutePath().normalize();
    }

    Path root() {
        return base;
    }

    Path conf() {
        return base.resolve("conf");
    }

    Path data() {
        return base.resolve("data");
    }

    Path log() {
        return base.resolve("log");
    }

    Path pidFile() {
        return data().resolve("marquetry.pid");
    }

    private Path etc() {
        return data().resolve("etc");
    }

    /**
     * Makes what is missing. {@code conf/} gets the archive's defaults only when there is none at all: a file that the
     * operator has deleted stays deleted.
     *
     * @throws LaunchException when a directory cannot be written
     */
    void prepare() {
        try {
            if (!Files.isDirectory(conf())) {
                copyTree(home.resolve("conf"), conf());
            }
            for (Path directory : List.of(base.resolve("deploy"), log(), data().resolve("tmp"))) {
                Files.createDirectories(directory);
            }
        } catch (AccessDeniedException | ReadOnlyFileSystemException e) {
            throw notWritable(e);
        } catch (FileSystemException e) {
            throw e.getReason() != null && e.getReason().contains("Read-only") ? notWritable(e) : failed(e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Brings {@code data/etc} to the archive's build. Called with the lock held: a running broker must keep its cache.
     *
     * @throws LaunchException when a file cannot be written
     */
    void refreshContainerSettings() {
        Path archive = home.resolve("lib").resolve("etc");
        Path marker = etc().resolve("build.properties");
        try {
            if (Files.exists(marker) && Files.mismatch(marker, archive.resolve("build.properties")) == -1) {
                return;
            }
            deleteTree(data().resolve("cache"));
            deleteTree(etc());
            copyTree(archive, etc());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Tells Karaf, by its system properties, where everything is. */
    void describeToContainer() {
        System.setProperty("karaf.home", home.toString());
        System.setProperty("karaf.base", base.toString());
        System.setProperty("karaf.data", data().toString());
        System.setProperty("karaf.etc", etc().toString());
        System.setProperty("karaf.log", log().toString());
        System.setProperty("karaf.instances", data().resolve("instances").toString());
        System.setProperty(
                "java.util.logging.config.file",
                etc().resolve("java.util.logging.properties").toString());
    }

    private LaunchException notWritable(Exception cause) {
        return new LaunchException(
                "cannot write to " + base + " (" + cause.getMessage() + "); name a directory for this broker's files: "
                        + "MARQUETRY_BASE=DIR bin/marquetry foreground",
                cause);
    }

    private LaunchException failed(IOException cause) {
        return new LaunchException("cannot prepare " + base + ": " + cause, cause);
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
