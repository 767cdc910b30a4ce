// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import org.jspecify.annotations.Nullable;

/** What stands around a wire's bytes. */
enum Framing {
    /** Nothing. */
    NONE,
    /** WebSocket frames, whose headers the wire writes in front of each of its buffers. */
    FRAMES,
    /** WebSocket frames that Netty makes, since they are compressed. */
    MESSAGES;

    /** The longest header that is not masked. */
    static final int HEADROOM = 10;

    /** The last frame of a whole message of bytes. */
    private static final int BINARY = 0x82;

    private static final int CLOSE = 0x88;

    /**
     * Writes the header of a frame in front of what is readable.
     *
     * @param buffer has at least {@link #HEADROOM} bytes in front of its reader index
     * @param length of the frame's payload, which may go on beyond this buffer
     */
    static void header(ByteBuf buffer, int length) {
        int at = buffer.readerIndex();
        if (length < 126) {
            at -= 2;
            buffer.setByte(at + 1, length);
        } else if (length < 1 << 16) {
            at -= 4;
            buffer.setByte(at + 1, 126).setShort(at + 2, length);
        } else {
            at -= 10;
            buffer.setByte(at + 1, 127).setLong(at + 2, length);
        }
        buffer.setByte(at, BINARY).readerIndex(at);
    }

    /** What says goodbye to a WebSocket peer, or null when there is nothing to say. */
    @Nullable
    Object goodbye(int status) {
        return switch (this) {
            case NONE -> null;
            case FRAMES ->
                Unpooled.directBuffer(4, 4).writeByte(CLOSE).writeByte(2).writeShort(status);
            case MESSAGES ->
                new CloseWebSocketFrame(
                        true, 0, PooledByteBufAllocator.DEFAULT.directBuffer(2).writeShort(status));
        };
    }
}
