// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A connection without a socket. What the broker writes leaves at the end of a turn, unless the peer is {@link #stall
 * stalled}; what the peer {@link #send sends} arrives in a later turn, unless the broker has paused. Every call of the
 * broker must come from the loop that owns the wire.
 */
public final class FakeWire implements Wire {
    private final ManualLoops loops;
    private final Entrance entrance;
    private @Nullable PeerCertificate certificate;
    private Loop loop;
    private @Nullable WireHandler handler;

    // From the peer.
    private ByteBuf incoming = Unpooled.buffer();
    private boolean paused;
    private boolean moving;

    // To the peer.
    private @Nullable ByteBuf out;
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
    private boolean dirty;
    private boolean stalled;
    private long sent;
    private boolean closing;
    private boolean closed;

    FakeWire(ManualLoops loops, Loop loop, Entrance entrance) {
        this.loops = loops;
        this.loop = loop;
        this.entrance = entrance;
    }

    /** What the peer presents, before it sends anything. */
    public void certificate(@Nullable PeerCertificate itsCertificate) {
        certificate = itsCertificate;
    }

    void open(WireHandler end) {
        handler = end;
    }

    // --- the peer's end ---

    /** The peer sends bytes. */
    public void send(byte[] bytes) {
        incoming.writeBytes(bytes);
        loop.execute(this::read);
    }

    /** The peer takes no more bytes, as when its window is full. */
    public void stall() {
        stalled = true;
    }

    /** The peer takes bytes again. */
    public void unstall() {
        stalled = false;
        loop.execute(this::flush);
    }

    /** The peer takes some of what waits, and then no more. */
    public void takeSome(int bytes) {
        loop.execute(() -> take(bytes));
    }

    private void take(int bytes) {
        if (isElsewhere(() -> take(bytes))) {
            return;
        }
        int left = bytes;
        while (left > 0 && !waiting.isEmpty()) {
            ByteBuf first = waiting.peek();
            int part = Math.min(left, first.readableBytes());
            byte[] copy = new byte[part];
            first.readBytes(copy);
            arrived.writeBytes(copy);
            sent += part;
            left -= part;
            if (!first.isReadable()) {
                waiting.poll().release();
            }
        }
        WireHandler end = handler;
        if (end != null) {
            end.onFlushed();
        }
    }

    /** A wire that has moved, or is about to, takes the task along. */
    private boolean isElsewhere(Runnable task) {
        boolean elsewhere = moving || loops.running() != loop;
        if (elsewhere) {
            loop.execute(task);
        }
        return elsewhere;
    }

    /** The peer closes, or its network breaks. */
    public void breakOff(@Nullable Throwable cause) {
        breakOff("tcp_closed", cause);
    }

    /** As {@link #breakOff(Throwable)}, when the transport has a name of its own for it. */
    public void breakOff(String reason, @Nullable Throwable cause) {
        loop.execute(() -> end(reason, cause));
    }

    /** What has arrived at the peer since the last call. */
    public byte[] received() {
        byte[] bytes = arrived.toByteArray();
        arrived.reset();
        return bytes;
    }

    /** Whether the connection is over. */
    public boolean isClosed() {
        return closed;
    }

    /** Whether the broker does not read at the moment. */
    public boolean isPaused() {
        return paused;
    }

    // --- the broker's end ---

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public Entrance entrance() {
        return entrance;
    }

    @Override
    public @Nullable PeerCertificate certificate() {
        return certificate;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return new InetSocketAddress("127.0.0.1", 50_000);
    }

    @Override
    public InetSocketAddress localAddress() {
        return new InetSocketAddress("127.0.0.1", 1883);
    }

    @Override
    public ByteBuf output(int bytes) {
        checkLoop();
        ByteBuf current = out;
        if (current == null || current.writableBytes() < bytes) {
            if (current != null) {
                waiting.add(current);
            }
            current = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(256, bytes));
            out = current;
            markDirty();
        }
        return current;
    }

    @Override
    public void outputShared(ByteBuf bytes) {
        checkLoop();
        handOver();
        waiting.add(bytes);
        markDirty();
    }

    @Override
    public long pendingBytes() {
        long pending = out == null ? 0 : out.readableBytes();
        for (ByteBuf buffer : waiting) {
            pending += buffer.readableBytes();
        }
        return pending;
    }

    @Override
    public long sentBytes() {
        return sent;
    }

    @Override
    public void pause() {
        checkLoop();
        paused = true;
    }

    @Override
    public void resume() {
        checkLoop();
        paused = false;
        loop.execute(this::read);
    }

    @Override
    public void moveTo(Loop target, Runnable arrived) {
        checkLoop();
        paused = true;
        moving = true;
        loop.execute(() -> {
            loop = target;
            moving = false;
            target.execute(() -> {
                if (!closed) {
                    arrived.run();
                }
            });
        });
    }

    @Override
    public void close() {
        checkLoop();
        closing = true;
        paused = false;
        handOver();
        flush();
        if (!stalled) {
            loop.execute(() -> end("tcp_closed", null));
        } else {
            loop.schedule(() -> end("tcp_closed", null), 1000);
        }
    }

    @Override
    public void hangUp() {
        checkLoop();
        flush();
        abort();
    }

    @Override
    public void abort() {
        checkLoop();
        closing = true;
        loop.execute(() -> end("tcp_closed", null));
    }

    private void checkLoop() {
        if (loops.running() != loop || moving) {
            throw new AssertionError("the wire is used by another loop than its own");
        }
    }

    private void markDirty() {
        if (!dirty) {
            dirty = true;
            loop.execute(this::flush);
        }
    }

    private void handOver() {
        ByteBuf last = out;
        out = null;
        if (last != null) {
            waiting.add(last);
        }
    }

    private void flush() {
        if (isElsewhere(this::flush)) {
            return;
        }
        dirty = false;
        if (closed) {
            return;
        }
        handOver();
        ByteBuf next;
        while (!stalled && (next = waiting.poll()) != null) {
            byte[] copy = new byte[next.readableBytes()];
            next.readBytes(copy);
            next.release();
            arrived.writeBytes(copy);
            sent += copy.length;
        }
        if (handler != null) {
            handler.onFlushed();
        }
    }

    private void read() {
        WireHandler end = handler;
        if (paused || closed || end == null || !incoming.isReadable() || isElsewhere(this::read)) {
            return;
        }
        end.onBytes(incoming);
        if (closing) {
            incoming.clear();
        }
        incoming.discardReadBytes();
    }

    private void end(String reason, @Nullable Throwable cause) {
        if (closed) {
            return;
        }
        if (isElsewhere(() -> end(reason, cause))) {
            return;
        }
        closed = true;
        WireHandler end = handler;
        handler = null;
        if (end != null) {
            end.onClosed(reason, cause);
        }
        handOver();
        waiting.forEach(ByteBuf::release);
        waiting.clear();
    }
}
