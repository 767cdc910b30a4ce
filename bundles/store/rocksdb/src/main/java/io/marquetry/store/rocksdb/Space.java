// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** How much room there is on the disk of a folder, and what that means. */
final class Space {
    private static final String PROBE = "probe.tmp";
    private static final int PROBE_BYTES = 1 << 20;

    private final Path folder;
    private final FileStore disk;
    private final long mark;

    /** @param mark how much should stay free; 0 for no mark */
    Space(Path folder, long mark) throws IOException {
        this.folder = folder;
        this.disk = Files.getFileStore(folder);
        this.mark = mark;
    }

    /** Bytes that can be written here; 0 when the system does not tell. */
    long free() {
        try {
            return disk.getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Nothing new should come. */
    boolean isLow(long free) {
        return free < mark;
    }

    /** What takes messages out has used its share too: a compaction needs the rest. */
    boolean isGone(long free) {
        return free < mark / 2;
    }

    /** There is room again, with a distance to the mark, so that it is not passed up and down all the time. */
    boolean isEnough(long free) {
        return free >= mark + mark / 8;
    }

    /** Whether a file can be written and brought to the disk, whatever the system tells about free room. */
    boolean probe() {
        Path file = folder.resolve(PROBE);
        try {
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.allocate(PROBE_BYTES);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            } finally {
                Files.deleteIfExists(file);
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
