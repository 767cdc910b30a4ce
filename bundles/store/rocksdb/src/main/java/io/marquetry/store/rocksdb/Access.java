// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import io.marquetry.api.store.StoreException;
import io.marquetry.store.rocksdb.NotYetException.Obstacle;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says who may not use which file, and what to do about it. */
final class Access {
    private static final Logger LOG = LoggerFactory.getLogger(Access.class);

    private Access() {}

    /**
     * The sentence about a file or folder that cannot be used.
     *
     * @param cause what the system said, if it was asked
     */
    static StoreException denied(Path path, @Nullable IOException cause) {
        Obstacle obstacle = cause == null ? Obstacle.NO_ACCESS : NotYetException.of(cause);
        if (obstacle == Obstacle.NO_ROOM) {
            return full(path, cause);
        }
        Path there = path;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        String why;
        if (isReadOnly(there)) {
            why =
                    "its file system is mounted read-only: mount it for writing; a disk with errors is often remounted so, the"
                            + " system's log tells";
        } else {
            why = "it belongs to " + owner(there) + " (" + mode(there) + ") and the broker runs as " + us()
                    + ": chown -R it to that user, or set another path in conf/" + Settings.PID + ".cfg";
        }
        String system = cause instanceof FileSystemException told && told.getReason() != null
                ? " (" + told.getReason() + ")"
                : cause == null ? "" : " (" + cause + ")";
        String sentence = "the store needs to read and write " + there + " and cannot" + system + ": " + why;
        return obstacle != null || cause == null
                ? new NotYetException(Obstacle.NO_ACCESS, sentence, cause)
                : new StoreException(sentence, cause);
    }

    /** The sentence about a disk that is full. */
    static StoreException full(Path path, @Nullable Throwable cause) {
        return new NotYetException(
                Obstacle.NO_ROOM,
                "the store in " + path + " cannot be opened, its disk is full"
                        + (cause == null ? "" : " (" + cause.getMessage() + ")") + ": make room there",
                cause);
    }

    /** Root may write everywhere, but what it writes locks the folder's owner out later. */
    static void warnRoot(Path folder) {
        String owner = owner(folder);
        if (us().endsWith("uid 0") && !owner.endsWith("uid 0")) {
            LOG.warn(
                    "the broker runs as root and its store {} belongs to {}: what is written now, only root can open later",
                    folder,
                    owner);
        }
    }

    private static boolean isReadOnly(Path path) {
        try {
            return Files.getFileStore(path).isReadOnly();
        } catch (IOException e) {
            return false;
        }
    }

    private static String mode(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException | UnsupportedOperationException e) {
            return "mode unknown";
        }
    }

    private static String owner(Path path) {
        try {
            return Files.getOwner(path).getName() + ", uid " + Files.getAttribute(path, "unix:uid");
        } catch (IOException | RuntimeException e) {
            return "somebody else";
        }
    }

    /** The number too, for in a container it often has no name. */
    private static String us() {
        String name = System.getProperty("user.name", "?");
        try {
            return name + ", uid " + Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException | RuntimeException e) {
            return name;
        }
    }
}
