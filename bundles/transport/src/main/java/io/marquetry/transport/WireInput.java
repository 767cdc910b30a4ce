// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What a wire has read and its handler has not taken yet: the beginning of a packet that is not complete, or all that
 * came before a pause took hold. Used by the wire's loop only.
 */
final class WireInput {
    private @Nullable ByteBuf kept;
    /** What is kept also lies in the loop's buffer, in front of the read that is going on. */
    private boolean keptIsInReadBuffer;

    private int wanted = -1;

    /** The buffer for the next read, with what is kept of the last one in front; Netty releases it once. */
    ByteBuf bufferToRead(LoopIo io, boolean paused) {
        ByteBuf before = kept;
        if (before == null) {
            return io.readBuffer().retain();
        }
        if (before.isWritable() && (paused || wanted > LoopIo.READ_BYTES / 2)) {
            return before.retain();
        }
        ByteBuf shared = io.readBuffer();
        if (before.readableBytes() > shared.capacity() / 2) {
            return grow(before, before.readableBytes() * 2).retain();
        }
        // It is let go only when the read has brought something: a read may bring nothing.
        shared.writeBytes(before, before.readerIndex(), before.readableBytes());
        keptIsInReadBuffer = true;
        return shared.retain();
    }

    /**
     * Puts what is kept in front of what came.
     *
     * @param in as {@link #bufferToRead} gave it, or a buffer of whoever decrypted or unpacked it, which is not kept
     * @return both, to be released once
     */
    ByteBuf join(LoopIo io, ByteBuf in) {
        ByteBuf before = kept;
        boolean joined = keptIsInReadBuffer && io.isReadBuffer(in);
        keptIsInReadBuffer = false;
        if (before == null || before == in) {
            return in.retain();
        }
        if (joined) {
            clear();
            return in.retain();
        }
        if (before.writableBytes() < in.readableBytes()) {
            int together = before.readableBytes() + in.readableBytes();
            // It grows with what has come, not with what was announced: a length costs a hostile peer nothing.
            before = grow(before, Math.max(together, Math.min(wanted, together * 2)));
        }
        before.writeBytes(in);
        return before.retain();
    }

    private ByteBuf grow(ByteBuf before, int capacity) {
        ByteBuf larger = PooledByteBufAllocator.DEFAULT.directBuffer(capacity);
        larger.writeBytes(before);
        before.release();
        kept = larger;
        return larger;
    }

    /** What is kept, to be released once, or null. */
    @Nullable
    ByteBuf kept() {
        return kept == null ? null : kept.retain();
    }

    /** Keeps what the handler did not take. */
    void keep(ByteBuf in, WireHandler end) {
        if (!in.isReadable()) {
            clear();
            return;
        }
        wanted = end.bytesWanted(in);
        int room = Math.max(in.readableBytes(), Math.min(wanted, in.readableBytes() * 2));
        if (in == kept && in.writableBytes() >= room - in.readableBytes()) {
            return;
        }
        ByteBuf fresh = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(room, 256));
        fresh.writeBytes(in);
        clear();
        kept = fresh;
    }

    void clear() {
        if (kept != null) {
            kept.release();
            kept = null;
        }
    }
}
