// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;

/**
 * What the wires of one loop share: the buffer that every one of them reads into, and the list of those that have
 * written in this turn. Used by that loop only.
 */
final class LoopIo {
    /** As much as one read takes at most; longer packets get a buffer of their own. */
    static final int READ_BYTES = 64 * 1024;

    private final Loop loop;
    private final ByteBuf readBuffer = Unpooled.directBuffer(READ_BYTES, READ_BYTES);
    private final Runnable flush = this::flushAll;
    private ArrayList<NettyWire> dirty = new ArrayList<>();
    private ArrayList<NettyWire> flushing = new ArrayList<>();

    LoopIo(Loop loop) {
        this.loop = loop;
    }

    Loop loop() {
        return loop;
    }

    /** The read buffer, empty. */
    ByteBuf readBuffer() {
        return readBuffer.clear();
    }

    boolean isReadBuffer(ByteBuf buffer) {
        return buffer == readBuffer;
    }

    /** The wire has output: it is flushed when the loop's turn ends, that is, behind the sockets that are ready now. */
    void dirty(NettyWire wire) {
        if (dirty.isEmpty()) {
            loop.execute(flush);
        }
        dirty.add(wire);
    }

    private void flushAll() {
        ArrayList<NettyWire> now = dirty;
        dirty = flushing;
        flushing = now;
        for (int i = 0; i < now.size(); i++) {
            now.get(i).flushTurn();
        }
        now.clear();
    }

    /** Lets the buffer go; nothing is read any more. */
    void close() {
        readBuffer.release();
    }
}
