// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;

/** What is done with a store as a whole while it is in use: reading all of it, and copying it. */
final class Inspection {
    private Inspection() {}

    /** Reads every file, one after the other, and names each that is not as it was written. */
    static void verify(EngineRoom room, Consumer<String> problem) throws StoreException {
        try {
            LogScan log = room.folder().scanLog();
            if (log.isLossy()) {
                problem.accept(log.loss());
            }
            List<LiveFileMetaData> files = room.use(Engine::files);
            if (files == null) {
                return;
            }
            try (Options options = new Options()) {
                for (LiveFileMetaData file : files) {
                    Path path = Path.of(file.path(), file.fileName());
                    // One file at a time, so that closing the store waits for one only.
                    String found = room.use(engine -> verify(options, path));
                    if (found != null && Files.exists(path)) { // else a compaction has replaced it
                        problem.accept(found);
                    }
                }
            }
        } catch (IOException | RocksDBException e) {
            throw new StoreException("the store in " + room.path() + " cannot be looked at: " + e.getMessage(), e);
        }
    }

    private static @Nullable String verify(Options options, Path file) {
        try (SstFileReader reader = new SstFileReader(options)) {
            reader.open(file.toString());
            reader.verifyChecksum();
            return null;
        } catch (RocksDBException e) {
            return "the file " + file + " is damaged: " + e.getMessage();
        }
    }

    /** Copies it; files that are never changed again are linked where that can be done. */
    static void backup(EngineRoom room, Path folder) throws StoreException {
        Path target = folder.toAbsolutePath().normalize();
        Path parent = target.getParent();
        if (parent == null || target.startsWith(room.path())) {
            throw new StoreException("expected a new folder outside of the store for its copy, not " + target);
        }
        try {
            if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
                try (Stream<Path> all = Files.list(target)) {
                    if (all.findAny().isPresent()) {
                        throw new StoreException("expected a folder that is empty or not there for the copy, but "
                                + target + " holds something");
                    }
                }
                Files.delete(target); // the engine makes it
            } else if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw new StoreException("expected a folder for the copy, but " + target + " is a file");
            }
            Files.createDirectories(parent);
            room.use(engine -> {
                engine.copy(target);
                return null;
            });
            List<Path> files;
            try (Stream<Path> all = Files.list(target)) {
                files = all.toList();
            }
            for (Path file : files) {
                sync(file);
            }
            sync(target);
            sync(parent);
        } catch (IOException | RocksDBException e) {
            throw new StoreException(
                    "the store in " + room.path() + " could not be copied to " + target + ": " + e.getMessage()
                            + "; remove what is there and try again, with a folder that the broker can write",
                    e);
        }
    }

    /** Has the disk take a file, or the names in a folder. */
    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
