// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Notices that files have changed and stand still again. It compares contents: links that are turned to another
 * directory, as certbot and Kubernetes do, change no time and send no event that could be relied on.
 */
final class FileWatch {
    private final List<Path> files;
    private List<Long> known;
    private @Nullable List<Long> moving;

    /** Everything that comes after this is a change. */
    FileWatch(List<Path> files) {
        this.files = List.copyOf(files);
        this.known = print();
    }

    /** Whether they have changed, and were the same at this look as at the last one; true once for each change. */
    synchronized boolean look() {
        List<Long> now = print();
        if (now.equals(known)) {
            moving = null;
            return false;
        }
        if (!now.equals(moving)) {
            moving = now;
            return false;
        }
        known = now;
        moving = null;
        return true;
    }

    private List<Long> print() {
        return files.stream().map(FileWatch::print).toList();
    }

    private static long print(Path file) {
        try {
            byte[] content = Files.readAllBytes(file);
            CRC32C sum = new CRC32C();
            sum.update(content);
            return (long) content.length << 32 | sum.getValue();
        } catch (IOException e) {
            return -1; // not there, or not for us: a state like others
        }
    }
}
