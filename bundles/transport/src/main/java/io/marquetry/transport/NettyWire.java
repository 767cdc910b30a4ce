// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.core.port.Door;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Netty channel as a {@link Wire}; the only class that knows both Netty's pipeline and the broker. It is the one
 * handler of its channel.
 *
 * <p>Reading: every socket of a loop reads into the same buffer, and what is left of a packet that is not complete is
 * kept in one of its own size. Writing: what is written in a turn gathers in a buffer and leaves in one system call
 * when the turn ends.
 */
final class NettyWire extends ChannelInboundHandlerAdapter implements Wire {
    private static final Logger LOG = LoggerFactory.getLogger(NettyWire.class);
    /** The output buffer of a turn. More than one is rarely needed, and what is pinned by a stalled peer is little. */
    private static final int CHUNK = 8 * 1024;
    /** So much is written before the turn ends. */
    private static final int FLUSH_BYTES = 64 * 1024;
    /** How long a peer may take to read our last words. */
    private static final long LINGER_MILLIS = 1000;

    private final Channel channel;
    private final Entrance entrance;
    private final Function<Loop, LoopIo> ios;
    private final @Nullable InetSocketAddress remoteAddress;
    private final @Nullable InetSocketAddress localAddress;
    private volatile LoopIo io;
    private @Nullable WireHandler handler;

    // Reading: what is kept of a packet that is not complete, and whether it lies in the loop's buffer at the moment.
    private @Nullable ByteBuf kept;
    private boolean keptIsInReadBuffer;
    private int wanted = -1;
    private boolean paused;

    // Writing.
    private @Nullable ByteBuf out;
    private boolean dirty;
    private boolean draining;
    private boolean closing;
    private int unflushed;
    private long queued;

    /**
     * A wire on the loop where the channel is registered.
     *
     * @param ios finds what the wires of a loop share
     */
    NettyWire(Channel channel, Entrance entrance, LoopIo io, Function<Loop, LoopIo> ios) {
        this.channel = channel;
        this.entrance = entrance;
        this.io = io;
        this.ios = ios;
        this.remoteAddress = channel.remoteAddress() instanceof InetSocketAddress address ? address : null;
        this.localAddress = channel.localAddress() instanceof InetSocketAddress address ? address : null;
    }

    void open(Door door) {
        handler = door.open(this);
    }

    @Override
    public Loop loop() {
        return io.loop();
    }

    @Override
    public Entrance entrance() {
        return entrance;
    }

    @Override
    public @Nullable InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    @Override
    public @Nullable InetSocketAddress localAddress() {
        return localAddress;
    }

    @Override
    public @Nullable PeerCertificate certificate() {
        return null;
    }

    // --- reading ---

    boolean isReading() {
        return !paused;
    }

    /** The buffer for the next read, with what is kept of the last one in front; Netty releases it once. */
    ByteBuf bufferToRead() {
        ByteBuf before = kept;
        if (before == null) {
            return io.readBuffer().retain();
        }
        if (before.isWritable() && (paused || wanted > LoopIo.READ_BYTES / 2)) {
            return before.retain();
        }
        ByteBuf shared = io.readBuffer();
        if (before.readableBytes() > shared.capacity() / 2) {
            ByteBuf larger = PooledByteBufAllocator.DEFAULT.directBuffer(before.readableBytes() * 2);
            larger.writeBytes(before);
            before.release();
            kept = larger;
            return larger.retain();
        }
        // It is let go only when the read has brought something: a read may bring nothing.
        shared.writeBytes(before, before.readerIndex(), before.readableBytes());
        keptIsInReadBuffer = true;
        return shared.retain();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (keptIsInReadBuffer && io.isReadBuffer(in) && kept != null) {
                kept.release();
                kept = null;
            }
            keptIsInReadBuffer = false;
            take(in);
        } finally {
            in.release();
        }
    }

    private void take(ByteBuf in) {
        WireHandler end = handler;
        if (end == null) {
            return;
        }
        if (!paused) {
            end.onBytes(in);
        }
        if (handler != null) { // what was written meanwhile may have failed, which ends the connection at once
            keep(in, end);
        }
    }

    private void keep(ByteBuf in, WireHandler end) {
        if (!in.isReadable()) {
            if (kept != null) {
                kept.release();
                kept = null;
            }
            return;
        }
        wanted = end.bytesWanted(in);
        // It grows with what has come, not with what was announced: a length costs a hostile peer nothing.
        int room = Math.max(in.readableBytes(), Math.min(wanted, in.readableBytes() * 2));
        if (in == kept && in.writableBytes() >= room - in.readableBytes()) {
            return;
        }
        ByteBuf fresh = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(room, 256));
        fresh.writeBytes(in);
        if (kept != null) {
            kept.release();
        }
        kept = fresh;
    }

    @Override
    public void pause() {
        paused = true;
        channel.config().setAutoRead(false);
    }

    @Override
    public void resume() {
        if (!paused) {
            return;
        }
        paused = false;
        loop().execute(() -> {
            if (paused || !channel.isActive()) {
                return;
            }
            if (kept != null) {
                ByteBuf before = kept.retain();
                try {
                    take(before);
                } finally {
                    before.release();
                }
            }
            if (!paused) {
                channel.config().setAutoRead(true);
            }
        });
    }

    @Override
    public void moveTo(Loop target, Runnable arrived) {
        pause();
        flushTurn();
        ChannelFuture left = channel.deregister();
        left.addListener(deregistered -> {
            io = ios.apply(target);
            target.eventLoop().register(channel).addListener(registered -> {
                if (registered.isSuccess()) {
                    target.execute(arrived);
                } else {
                    LOG.warn(
                            "a connection could not move to its loop and is closed; listener={} peer={}",
                            entrance.listener(),
                            remoteAddress,
                            registered.cause());
                    channel.close();
                    // Without a loop the channel tells nobody that it is gone.
                    target.execute(() -> ended(registered.cause()));
                }
            });
        });
    }

    // --- writing ---

    @Override
    public ByteBuf output(int bytes) {
        ByteBuf current = out;
        if (current != null && current.writableBytes() >= bytes) {
            return current;
        }
        if (current != null) {
            handOver(current);
        }
        ByteBuf fresh = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(CHUNK, bytes));
        out = fresh;
        if (!dirty) {
            dirty = true;
            io.dirty(this);
        }
        return fresh;
    }

    @Override
    public void outputShared(ByteBuf bytes) {
        ByteBuf before = out;
        if (before != null) {
            out = null;
            handOver(before);
        }
        handOver(bytes);
        if (!dirty) {
            dirty = true;
            io.dirty(this);
        }
    }

    /** Gives a buffer to the channel; much of it leaves before the turn ends, so that it does not pile up. */
    private void handOver(ByteBuf buffer) {
        int bytes = buffer.readableBytes();
        queued += bytes;
        unflushed += bytes;
        channel.write(buffer, channel.voidPromise());
        if (unflushed >= FLUSH_BYTES && !draining) {
            unflushed = 0;
            channel.flush();
        }
    }

    /** The turn ends. */
    void flushTurn() {
        dirty = false;
        ByteBuf last = out;
        if (last != null) {
            if (draining && handler != null && last.readableBytes() < CHUNK / 2) {
                return; // the peer is behind: small pieces gather instead of pinning a buffer each
            }
            out = null;
            handOver(last);
        }
        unflushed = 0;
        channel.flush();
        flushed();
    }

    private void flushed() {
        if (channelPending() > 0) {
            awaitDrain();
        }
        if (handler != null) {
            handler.onFlushed();
        }
    }

    /** An empty buffer behind everything else tells when all of it has left. */
    private void awaitDrain() {
        if (draining) {
            return;
        }
        draining = true;
        // Netty tells before it takes the buffer off what is pending, in the midst of its own flush: go on behind that.
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(left -> loop().execute(() -> {
                    draining = false;
                    if (left.isSuccess() && channel.isActive()) {
                        flushTurn();
                    }
                }));
    }

    @Override
    public long pendingBytes() {
        ByteBuf current = out;
        return channelPending() + (current == null ? 0 : current.readableBytes());
    }

    private long channelPending() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    @Override
    public long sentBytes() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? queued : queued - buffer.totalPendingWriteBytes() + buffer.currentProgress();
    }

    // --- the end ---

    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        ByteBuf last = out;
        if (last != null) {
            out = null;
            handOver(last);
        }
        // The peer's bytes are read and thrown away until it closes too: a close with bytes unread would be a reset,
        // and
        // a reset may take our last packet from it.
        paused = false;
        channel.config().setAutoRead(true);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(left -> {
            if (left.isSuccess() && channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            } else {
                channel.close();
            }
        });
        var unused = channel.eventLoop()
                .schedule(
                        () -> {
                            channel.close();
                        },
                        LINGER_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void hangUp() {
        if (closing) {
            return;
        }
        ByteBuf last = out;
        if (last != null) {
            out = null;
            handOver(last);
            channel.flush();
        }
        abort();
    }

    @Override
    public void abort() {
        closing = true;
        channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ended(null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Error || cause instanceof RuntimeException) {
            LOG.error(
                    "a connection failed and is closed; listener={} peer={}",
                    entrance.listener(),
                    remoteAddress,
                    cause);
        }
        ended(cause);
        channel.close();
    }

    private void ended(@Nullable Throwable cause) {
        WireHandler end = handler;
        handler = null;
        if (end != null) {
            end.onClosed("tcp_closed", cause);
        }
        if (out != null) {
            out.release();
            out = null;
        }
        if (kept != null) {
            kept.release();
            kept = null;
        }
    }
}
