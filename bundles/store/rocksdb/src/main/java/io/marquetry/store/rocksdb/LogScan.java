// SPDX-License-Identifier: Apache-2.0
package io.marquetry.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the engine's log of changes before the engine does, and tells an end that was cut off from a record that was
 * lost. The engine itself says only that something is wrong.
 *
 * <p>The log is blocks of 32 KiB. In them lie pieces: a checksum (4 bytes), a length (2), a type (1), then that many
 * bytes; a batch of changes is one piece, or a first, some middle and a last one. A batch begins with its sequence
 * number (8) and the number of its changes (4). Each group is written and synced before the next one begins, so
 * whatever a crash does to the one that was under way, no batch begins behind it. Where one does, something was lost
 * that had been written.
 *
 * <p>Behind a piece that cannot be read the engine finds its way again at the next block.
 */
final class LogScan {
    /** The end of what is whole in a file, and how long the file is. */
    record End(Path file, long whole, long length) {}

    private static final int BLOCK = 32 << 10;
    private static final int HEAD = 7;
    /** Of pieces of a log that uses files again; older settings of the engine could write them. */
    private static final int LONG_HEAD = 11;

    private static final int FULL = 1;
    private static final int FIRST = 2;
    private static final int MIDDLE = 3;
    private static final int LAST = 4;

    private final ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();

    private final List<End> ends = new ArrayList<>();
    private @Nullable Path badFile;
    private long badAt;
    private int recordsBehind;
    private long bytesBehind;
    private long lostBytes;
    private long lostChanges;
    /** The sequence number that comes next, if nothing is missing; 0 when that is not known. */
    private long expected;

    private long hiddenUpTo;

    // of one file
    private long whole;
    private boolean inBatch;
    private boolean broken;

    /**
     * Looks at logs.
     *
     * @param files in their order
     * @param lengths how much of each counts, for the engine may be writing
     */
    LogScan(List<Path> files, List<Long> lengths) throws IOException {
        for (int i = 0; i < files.size(); i++) {
            long length = lengths.get(i);
            try (FileChannel in = FileChannel.open(files.get(i), StandardOpenOption.READ)) {
                scan(files.get(i), in, length);
            }
            ends.add(new End(files.get(i), whole, length));
        }
    }

    /** Whether there are batches behind something that cannot be read. */
    boolean isLossy() {
        return recordsBehind > 0;
    }

    /**
     * The files whose ends are not whole; what is behind those ends never was. Only when it is not {@link #isLossy}.
     */
    List<End> torn() {
        return ends.stream().filter(end -> end.whole < end.length).toList();
    }

    /** What is lost, in words; only when it {@link #isLossy}. */
    String loss() {
        long changes = lostChanges + (expected > 0 ? Math.max(0, hiddenUpTo - expected) : 0);
        return "at byte " + badAt + " of " + badFile + " the log cannot be read, and " + recordsBehind
                + " records (" + bytesBehind + " bytes) follow; lost are " + lostBytes + " bytes, with "
                + (changes > 0 ? changes : "an unknown number of") + " changes";
    }

    private void scan(Path file, FileChannel in, long length) throws IOException {
        whole = 0;
        inBatch = false;
        broken = false;
        for (long at = 0; at < length; at += BLOCK) {
            block.clear().limit((int) Math.min(BLOCK, length - at));
            while (block.hasRemaining() && in.read(block, at + block.position()) >= 0) {}
            block.flip();
            scan(file, at);
        }
        if (whole < length && !broken) {
            bad(file); // cut off in the middle of a batch
            lostBytes += length - whole;
        }
    }

    private void scan(Path file, long start) {
        int at = 0;
        while (block.limit() - at >= HEAD) {
            int size = pieceAt(at);
            if (size == 0) {
                bad(file);
                lostBytes += block.limit() - at;
                hidden(at + 1);
                inBatch = false;
                return;
            }
            int type = block.get(at + 6) & 0xff;
            piece(file, type > LAST && type <= 2 * LAST ? type - LAST : type, at, size, start + at + size);
            at += size;
        }
        boolean isTrailer = block.limit() == BLOCK;
        if (isTrailer && !inBatch && !broken) {
            whole = start + BLOCK;
        }
    }

    private void piece(Path file, int type, int at, int size, long end) {
        switch (type) {
            case FULL, FIRST -> {
                if (inBatch) {
                    bad(file);
                }
                begins(at, size);
                inBatch = type == FIRST;
            }
            case MIDDLE, LAST -> {
                if (!inBatch) {
                    bad(file); // the beginning is what could not be read
                    lostBytes += size;
                    return;
                }
                inBatch = type == MIDDLE;
            }
            default -> {} // about the log itself
        }
        if (!inBatch && !broken) {
            whole = end;
        }
        if (badFile != null) {
            bytesBehind += size;
        }
    }

    private void begins(int at, int size) {
        int body = at + head(at);
        if (size - head(at) < 12) {
            return;
        }
        long sequence = block.getLong(body);
        if (badFile != null) {
            recordsBehind++;
            if (expected > 0 && sequence > expected) {
                lostChanges += sequence - expected;
            }
        }
        expected = sequence + block.getInt(body + 8);
    }

    /** From here on nothing is whole; the first time in a file and in all. */
    private void bad(Path file) {
        if (badFile == null) {
            badFile = file;
            badAt = whole;
        }
        broken = true;
    }

    /**
     * Batches that begin in the rest of a block that the engine drops. It may be the last block, so without a look at
     * every byte a damaged record would pass for an end that was cut off.
     */
    private void hidden(int from) {
        for (int at = from; block.limit() - at >= HEAD; at++) {
            int type = block.get(at + 6) & 0xff;
            boolean begins = type == FULL || type == FIRST;
            int size = begins ? pieceAt(at) : 0;
            if (size > 0) {
                recordsBehind++;
                bytesBehind += size;
                if (size - head(at) >= 12) {
                    int body = at + head(at);
                    hiddenUpTo = block.getLong(body) + block.getInt(body + 8);
                }
                at += size - 1;
            }
        }
    }

    private int head(int at) {
        int type = block.get(at + 6) & 0xff;
        return (type > LAST && type <= 2 * LAST) || type == 11 || type == 131 ? LONG_HEAD : HEAD;
    }

    /** How long the piece is that begins here, with its head; 0 when it is none, or its checksum is wrong. */
    private int pieceAt(int at) {
        int head = head(at);
        int size = head + (block.getShort(at + 4) & 0xffff);
        if (block.get(at + 6) == 0 || at + size > block.limit()) {
            return 0;
        }
        crc.reset();
        crc.update(block.array(), at + 6, size - 6);
        int sum = (int) crc.getValue();
        int masked = ((sum >>> 15) | (sum << 17)) + 0xa282ead8;
        return masked == block.getInt(at) ? size : 0;
    }
}
