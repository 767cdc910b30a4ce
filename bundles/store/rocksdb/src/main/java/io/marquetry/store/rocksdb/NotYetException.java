// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The store cannot be opened now, for a reason outside of it that can go away: so it is tried again. */
final class NotYetException extends StoreException {
    private static final long serialVersionUID = 1;

    /** What is in the way. */
    enum Obstacle {
        NO_ROOM("for room on the disk"),
        NO_ACCESS("until it may use the folder"),
        IN_USE("until the folder is free");

        private final String waits;

        Obstacle(String waits) {
            this.waits = waits;
        }

        /** What is waited for, as the end of a sentence. */
        String waits() {
            return waits;
        }
    }

    private final Obstacle obstacle;

    NotYetException(Obstacle obstacle, String sentence, @Nullable Throwable cause) {
        super(sentence);
        if (cause != null) {
            initCause(cause);
        }
        this.obstacle = obstacle;
    }

    Obstacle obstacle() {
        return obstacle;
    }

    /** What is in the way when the system has said this; null when it is nothing that goes away by itself. */
    static @Nullable Obstacle of(IOException e) {
        String reason = e instanceof FileSystemException told ? told.getReason() : e.getMessage();
        if (isNoSpace(reason)) {
            return Obstacle.NO_ROOM;
        }
        boolean denied = e instanceof AccessDeniedException || e instanceof NoSuchFileException;
        return denied || (reason != null && reason.toLowerCase(Locale.ROOT).contains("read-only"))
                ? Obstacle.NO_ACCESS
                : null;
    }

    /** Whether the system says by this that a disk, or what its user may have of it, is full. */
    static boolean isNoSpace(@Nullable String text) {
        return text != null && (text.contains("No space left on device") || text.contains("Disk quota exceeded"));
    }
}
