// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a wire has to send: it gathers in a buffer and leaves in one system call, and in one WebSocket frame, when the
 * turn ends. Used by the wire's loop only.
 */
final class WireOutput {
    /** The output buffer of a turn. More than one is rarely needed, and what is pinned by a stalled peer is little. */
    private static final int CHUNK = 8 * 1024;
    /** So much is written before the turn ends. */
    private static final int FLUSH_BYTES = 64 * 1024;

    private final NettyWire wire;
    private final Channel channel;
    private final boolean framed;
    /** There when something between wire and socket changes the bytes. */
    private final @Nullable Meter meter;

    private @Nullable ByteBuf out;
    private boolean dirty;
    private boolean draining;
    private int unflushed;
    private long queued;

    WireOutput(NettyWire wire, Channel channel, Framing framing) {
        this.wire = wire;
        this.channel = channel;
        this.framed = framing == Framing.FRAMES;
        this.meter = channel.pipeline().get(Meter.class);
    }

    /** A buffer with room for some more bytes. */
    ByteBuf buffer(int bytes) {
        ByteBuf current = out;
        if (current != null && current.writableBytes() >= bytes) {
            return current;
        }
        handOverGathered();
        ByteBuf fresh = fresh(bytes);
        out = fresh;
        touched();
        return fresh;
    }

    private ByteBuf fresh(int bytes) {
        if (framed) {
            return PooledByteBufAllocator.DEFAULT
                    .directBuffer(Math.max(CHUNK, bytes + Framing.HEADROOM))
                    .setIndex(Framing.HEADROOM, Framing.HEADROOM);
        }
        return PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(CHUNK, bytes));
    }

    /** Sends bytes by reference, in one frame with those that have gathered before. */
    void shared(ByteBuf bytes) {
        ByteBuf before = out;
        out = null;
        if (framed) {
            if (before == null) {
                before = Unpooled.directBuffer(Framing.HEADROOM, Framing.HEADROOM)
                        .setIndex(Framing.HEADROOM, Framing.HEADROOM);
            }
            Framing.header(before, before.readableBytes() + bytes.readableBytes());
        }
        if (before != null) {
            handOver(before);
        }
        handOver(bytes);
        touched();
    }

    /** Sends what is no part of MQTT, a control frame: behind everything that was written so far. */
    void aside(Object message) {
        handOverGathered();
        if (message instanceof ByteBuf buffer) {
            handOver(buffer);
        } else {
            channel.write(message, channel.voidPromise());
        }
        touched();
    }

    private void touched() {
        if (!dirty) {
            dirty = true;
            wire.dirty();
        }
    }

    private void handOverGathered() {
        ByteBuf gathered = out;
        out = null;
        if (gathered == null) {
            return;
        }
        if (framed) {
            if (!gathered.isReadable()) {
                gathered.release(); // a frame of nothing is no use to anyone
                return;
            }
            Framing.header(gathered, gathered.readableBytes());
        }
        handOver(gathered);
    }

    /** Gives a buffer to the channel; much of it leaves before the turn ends, so that it does not pile up. */
    private void handOver(ByteBuf buffer) {
        int bytes = buffer.readableBytes();
        queued += bytes;
        unflushed += bytes;
        channel.write(buffer, channel.voidPromise());
        if (unflushed >= FLUSH_BYTES && !draining) {
            flush();
        }
    }

    private void flush() {
        unflushed = 0;
        channel.flush();
    }

    /** The turn ends. */
    void flushTurn() {
        dirty = false;
        if (draining && wire.isOpen() && out != null && out.readableBytes() < CHUNK / 2) {
            return; // the peer is behind: small pieces gather instead of pinning a buffer each
        }
        flushAll();
        if (channelPending() > 0) {
            awaitDrain();
        }
        wire.flushed();
    }

    /** Gives all there is to the kernel, or to what waits for it. */
    void flushAll() {
        handOverGathered();
        flush();
    }

    /** An empty buffer behind everything else tells when all of it has left. */
    private void awaitDrain() {
        if (draining) {
            return;
        }
        draining = true;
        // Netty tells before it takes the buffer off what is pending, in the midst of its own flush: go on behind that.
        whenLeft()
                .addListener(left -> wire.loop().execute(() -> {
                    draining = false;
                    if (left.isSuccess() && channel.isActive()) {
                        flushTurn();
                    }
                }));
    }

    /** Completes when everything that was flushed is with the kernel. */
    ChannelFuture whenLeft() {
        // Encryption would make a record of nothing.
        return meter == null
                ? channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                : meter.below().writeAndFlush(Unpooled.EMPTY_BUFFER);
    }

    long pendingBytes() {
        ByteBuf current = out;
        // What is not flushed has not been encrypted, so the channel does not know of it.
        return channelPending() + (meter == null ? 0 : unflushed) + (current == null ? 0 : current.readableBytes());
    }

    private long channelPending() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    long sentBytes() {
        long given = meter == null ? queued : meter.bytes();
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? given : given - buffer.totalPendingWriteBytes() + buffer.currentProgress();
    }

    void release() {
        if (out != null) {
            out.release();
            out = null;
        }
    }
}
