// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code deploy/} as it was found. A file is read when something of it has changed, and what was read is kept until it
 * changes again. One that is no whole jar is looked at once more before it counts as broken: somebody may be copying
 * it. Used by one thread.
 */
final class Folder {
    private static final Logger LOG = LoggerFactory.getLogger(Folder.class);

    /** What tells one content of a file from another without reading it. */
    private record Stamp(
            long length,
            FileTime modified,
            @Nullable Object key,
            @Nullable Object changed) {
        static Stamp of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey(), changed(file));
        }

        /** Unix keeps a time that no copying tool sets back. */
        private static @Nullable Object changed(Path file) throws IOException {
            return file.getFileSystem().supportedFileAttributeViews().contains("unix")
                    ? Files.getAttribute(file, "unix:ctime")
                    : null;
        }
    }

    /**
     * A file of the folder.
     *
     * @param jar what it is, or null
     * @param problem why it is not taken, as a sentence, or null
     */
    record Found(Path file, @Nullable Jar jar, @Nullable String problem) {
        String fileName() {
            return file.getFileName().toString();
        }
    }

    private final Path folder;
    private final Path incoming;
    private final SortedMap<Path, Found> found = new TreeMap<>();
    private final Map<Path, Stamp> stamps = new HashMap<>();
    private final Map<Path, Stamp> unsettled = new HashMap<>();
    private int number;
    private boolean unreadable;

    /** @param incoming where files are copied to before they are read */
    Folder(Path folder, Path incoming) {
        this.folder = folder;
        this.incoming = incoming;
    }

    Path path() {
        return folder;
    }

    /** Looks at the folder; returns what lies in it, in the order of file names. */
    List<Found> look() {
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
            unreadable = false;
        } catch (IOException e) {
            if (!unreadable) {
                unreadable = true;
                LOG.error("{} cannot be read ({}); what runs goes on, and it is looked at again", folder, e.toString());
            }
            return List.copyOf(found.values());
        }
        found.keySet().retainAll(files);
        stamps.keySet().retainAll(files);
        unsettled.keySet().retainAll(files);
        for (Path file : files) {
            look(file);
        }
        return List.copyOf(found.values());
    }

    private void look(Path file) {
        try {
            Stamp stamp = Stamp.of(file);
            if (!stamp.equals(stamps.get(file))) {
                read(file, stamp);
            }
        } catch (NoSuchFileException e) {
            found.remove(file);
        } catch (IOException e) {
            refused(file, "it cannot be read (" + e + ")");
        }
    }

    private void read(Path file, Stamp stamp) throws IOException {
        Path copy = incoming.resolve(number++ + ".part");
        try {
            Jar jar = Jar.read(file, copy);
            Path kept = incoming.resolve(jar.hash() + ".jar");
            Files.move(copy, kept, StandardCopyOption.REPLACE_EXISTING);
            found.put(file, new Found(file, jar.at(kept), null));
            taken(file, stamp);
        } catch (Jar.NotWholeException e) {
            if (stamp.equals(unsettled.put(file, stamp))) {
                taken(file, stamp);
                refused(file, "expected a whole jar whose manifest has a Bundle-SymbolicName, but " + e.getMessage());
            }
        } catch (RefusedException e) {
            taken(file, stamp);
            refused(file, e.sentence());
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private void taken(Path file, Stamp stamp) {
        stamps.put(file, stamp);
        unsettled.remove(file);
    }

    private void refused(Path file, String problem) {
        Found before = found.put(file, new Found(file, null, problem));
        if (before == null || !problem.equals(before.problem())) {
            LOG.warn("{} is not installed: {}; it is looked at again when the file changes", file, problem);
        }
    }

    /** The copies of what is not there any more are of no use. */
    void tidy() {
        try (Stream<Path> copies = Files.isDirectory(incoming) ? Files.list(incoming) : Stream.of()) {
            for (Path copy : copies.toList()) {
                if (found.values().stream()
                        .noneMatch(f -> f.jar() != null && f.jar().copy().equals(copy))) {
                    Files.deleteIfExists(copy);
                }
            }
        } catch (IOException e) {
            LOG.debug("copies of jars were left in {}", incoming, e);
        }
    }

    /** Puts a jar into the folder, at once and as a whole. */
    void put(Path source, String fileName) throws IOException {
        Path part = folder.resolve("." + fileName + ".part");
        try {
            Files.copy(source, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(
                    part,
                    folder.resolve(fileName),
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
