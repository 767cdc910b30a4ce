// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to use a base directory: a lock of the operating system on {@code data/lock}, so that it ends with the
 * process, however that ends. {@code data/marquetry.pid} says who holds it, for {@code bin/marquetry} and for people.
 */
final class BaseLock implements AutoCloseable {
    private final Path pidFile;
    private final FileChannel channel;

    private BaseLock(Path pidFile, FileChannel channel) {
        this.pidFile = pidFile;
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws LaunchException when another process has it
     */
    static BaseLock acquire(BaseDirectory base) {
        try {
            FileChannel channel =
                    FileChannel.open(base.data().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw new LaunchException("another broker" + holder(base.pidFile()) + " is running on " + base.root()
                        + "; stop it, or give this one a directory of its own: MARQUETRY_BASE=DIR bin/marquetry ...");
            }
            // What the last broker said of its listeners, should it have been killed.
            Files.deleteIfExists(base.data().resolve("listeners"));
            Files.writeString(base.pidFile(), ProcessHandle.current().pid() + "\n");
            return new BaseLock(base.pidFile(), channel);
        } catch (IOException e) {
            throw new LaunchException("cannot lock " + base.root() + ": " + e, e);
        }
    }

    private static String holder(Path pidFile) {
        try {
            return " (process " + Files.readString(pidFile).strip() + ")";
        } catch (IOException e) {
            // The other broker has the lock and has not written its number yet: the sentence does without it.
            return "";
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(pidFile);
            channel.close();
        } catch (IOException e) {
            System.err.println("marquetry: cannot remove " + pidFile + ": " + e);
        }
    }
}
