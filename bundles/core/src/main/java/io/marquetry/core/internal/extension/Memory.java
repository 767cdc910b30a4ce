// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.extension;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one extension over a restart, in {@code data/extensions/NAME/}: the jar that ran last without a
 * fault, which content has failed, and whether listeners wait for it. Used by one thread.
 */
final class Memory {
    private static final String FILE = "extension.properties";
    private static final String JAR = ".jar";

    private final Path directory;
    private final Properties values = new Properties();

    private Memory(Path directory) {
        this.directory = directory;
    }

    /** Reads what is remembered; nothing when there is no directory. */
    static Memory of(Path directory) throws IOException {
        Memory memory = new Memory(directory);
        Path file = directory.resolve(FILE);
        if (Files.isRegularFile(file)) {
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                memory.values.load(reader);
            } catch (IllegalArgumentException e) {
                throw new IOException("expected properties in " + file, e);
            }
        }
        return memory;
    }

    /** The names of those that are remembered. */
    static List<String> names(Path all) throws IOException {
        if (!Files.isDirectory(all)) {
            return List.of();
        }
        try (Stream<Path> directories = Files.list(all)) {
            return directories
                    .filter(directory -> Files.isRegularFile(directory.resolve(FILE)))
                    .map(directory -> directory.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** The name of its file in {@code deploy/}. */
    @Nullable
    String file() {
        return values.getProperty("file");
    }

    /** Its file has another name, or is new. */
    void file(String name) throws IOException {
        if (!name.equals(file())) {
            values.setProperty("file", name);
            save();
        }
    }

    /** The content of the last good jar. */
    @Nullable
    String goodHash() {
        return values.getProperty("good");
    }

    String goodVersion() {
        return values.getProperty("goodVersion", "");
    }

    /** The last good jar, or null when there is none (any more). */
    @Nullable
    Path goodJar() {
        String hash = goodHash();
        Path jar = hash == null ? null : directory.resolve(hash + JAR);
        return jar != null && Files.isRegularFile(jar) ? jar : null;
    }

    /** The content that failed. */
    @Nullable
    String failedHash() {
        return values.getProperty("failed");
    }

    String failure() {
        return values.getProperty("failure", "");
    }

    /** The kinds of services for which it is required; simple names. */
    Set<String> roles() {
        return list("required");
    }

    /** Which files of default configuration it has put into {@code conf/}. */
    Set<String> placed() {
        return list("placed");
    }

    private Set<String> list(String key) {
        Set<String> result = new TreeSet<>();
        for (String word : values.getProperty(key, "").split(",", -1)) {
            if (!word.isEmpty()) {
                result.add(word);
            }
        }
        return result;
    }

    /** A jar runs well: it is the one to go back to. */
    void good(Jar jar) throws IOException {
        Files.createDirectories(directory);
        if (!jar.hash().equals(goodHash()) || goodJar() == null) {
            Path kept = directory.resolve(jar.hash() + JAR);
            if (!jar.copy().equals(kept)) {
                Path incoming = directory.resolve(jar.hash() + ".part");
                Files.copy(jar.copy(), incoming, StandardCopyOption.REPLACE_EXISTING);
                move(incoming, kept);
            }
        }
        values.setProperty("file", jar.file().getFileName().toString());
        values.setProperty("good", jar.hash());
        values.setProperty("goodVersion", jar.version().toString());
        values.remove("failed");
        values.remove("failure");
        save();
        deleteOthers(jar.hash() + JAR);
    }

    /** A jar does not run. */
    void failed(String file, String hash, String failure) throws IOException {
        values.setProperty("file", file);
        values.setProperty("failed", hash);
        values.setProperty("failure", failure);
        save();
    }

    /** Forgets that a jar does not run, since it is to be tried again. */
    void tryAgain() throws IOException {
        values.remove("failed");
        values.remove("failure");
        save();
    }

    void roles(Set<String> roles) throws IOException {
        values.setProperty("required", String.join(",", roles));
        save();
    }

    void placed(Set<String> files) throws IOException {
        values.setProperty("placed", String.join(",", files));
        save();
    }

    private void save() throws IOException {
        Files.createDirectories(directory);
        Path part = directory.resolve(FILE + ".part");
        try (Writer writer = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
            values.store(writer, "Kept by the broker; not to be edited");
        }
        move(part, directory.resolve(FILE));
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void deleteOthers(String kept) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(JAR) && !name.equals(kept)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Forgets everything. */
    void delete() throws IOException {
        values.clear();
        if (!Files.isDirectory(directory)) {
            return;
        }
        List<Path> files = new ArrayList<>();
        try (Stream<Path> listed = Files.list(directory)) {
            listed.forEach(files::add);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(directory);
    }
}
