// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file whose changes are taken within about a second, by a thread of its own, once it stands still: the size, the
 * time and what it is are the same at two looks.
 */
public final class WatchedFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);
    private static final long LOOK_MILLIS = 400;

    private record Stamp(
            FileTime modified, long size, @Nullable Object key) {}

    private final Path file;
    private final Runnable read;
    private @Nullable ScheduledExecutorService thread;
    private @Nullable Stamp taken;
    private @Nullable Stamp moving;

    /** Reads the file as it is, and does not watch it yet. */
    WatchedFile(Path file, Runnable read) {
        this.file = file;
        this.read = read;
        this.taken = stamp(); // first: what changes while it is read is a change
        read.run();
    }

    /**
     * Reads the file as it is, then watches it.
     *
     * @param name of the thread
     * @param read called now and after each change, also when the file has come or gone
     */
    public WatchedFile(String name, Path file, Runnable read) {
        this(file, read);
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
        var unused = executor.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        thread = executor;
    }

    /** Looks once. */
    void look() {
        Stamp now = stamp();
        if (same(now, taken)) {
            moving = null;
            return;
        }
        if (!same(now, moving) && now != null) {
            moving = now;
            return;
        }
        taken = now;
        moving = null;
        try {
            read.run();
        } catch (RuntimeException e) {
            LOG.error("{} has changed, and nothing of it could be taken", file, e);
        }
    }

    private static boolean same(@Nullable Stamp one, @Nullable Stamp other) {
        return one == null ? other == null : one.equals(other);
    }

    private @Nullable Stamp stamp() {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(found.lastModifiedTime(), found.size(), found.fileKey());
        } catch (IOException e) {
            return null; // not there, or not for us: a state like others
        }
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.shutdownNow();
        }
    }
}
