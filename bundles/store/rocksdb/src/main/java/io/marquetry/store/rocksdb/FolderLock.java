// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreException;
import io.marquetry.store.rocksdb.NotYetException.Obstacle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * Holds a folder for one store, against other processes and against another revision of this bundle. The engine has a
 * lock of its own, but takes it after we have looked at the log, and may have cut it.
 */
final class FolderLock implements AutoCloseable {
    private static final String FILE = "broker.lock";
    /** How long a revision that is being replaced may take to let go. */
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String name;
    private final FileChannel channel;

    private FolderLock(String name, FileChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    /**
     * Takes a folder.
     *
     * @throws StoreException when somebody else has it
     * @throws IOException when the folder cannot be written
     */
    static FolderLock take(Path folder) throws IOException, StoreException {
        // First within this JVM, by what all class loaders share: to close a second channel on the file would give up
        // the lock of the first one, as POSIX has it.
        String name = "marquetry.store " + folder.toRealPath();
        long begun = System.nanoTime();
        while (System.getProperties().putIfAbsent(name, "open") != null) {
            if (System.nanoTime() - begun > WAIT_NANOS) {
                throw new NotYetException(
                        Obstacle.IN_USE,
                        "the store in " + folder
                                + " is still open in this very process; if it does not close, because the disk hangs, restart the broker",
                        null);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException("interrupted while waiting for the store in " + folder, e);
            }
        }
        try {
            FileChannel channel = FileChannel.open(
                    folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock == null) {
                    throw new NotYetException(
                            Obstacle.IN_USE,
                            "the store in " + folder + " is in use by process " + owner(folder)
                                    + "; a folder has one broker: stop that one, or set another path in conf/"
                                    + Settings.PID + ".cfg",
                            null);
                }
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(
                        Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
                return new FolderLock(name, channel);
            } catch (IOException | StoreException e) {
                channel.close();
                throw e;
            }
        } catch (IOException | StoreException e) {
            System.getProperties().remove(name);
            throw e;
        }
    }

    private static String owner(Path folder) {
        try {
            return Files.readString(folder.resolve(FILE), StandardCharsets.US_ASCII)
                    .strip();
        } catch (IOException e) {
            return "(unknown)";
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            System.getProperties().remove(name);
        }
    }
}
