// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.client;

import io.marquetry.api.client.ConnectRequest;
import io.marquetry.api.client.PeerCertificate;
import io.marquetry.api.mqtt.ProtocolVersion;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.core.internal.connection.Connection;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Terms;
import io.marquetry.core.port.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.net.InetSocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection without a socket: MQTT 5 in memory, between the broker and a {@link LocalClient}. So whoever comes by it
 * passes everything that a client passes who comes by a socket.
 *
 * <p>What the broker writes in a turn reaches the client in a later one. What is written and what the gateway has not
 * acknowledged of QoS 0 counts as pending, so the broker keeps further messages in the session's queue when it is too
 * much. While the broker does not read, the wire takes no packet, and what the gateway asks for waits.
 */
final class LocalWire implements Wire {
    /**
     * By which listener it came, of which nothing is known but the name.
     *
     * @param listener the name, {@code type:name}
     */
    private record Named(String listener) implements Entrance {
        @Override
        public Terms terms() {
            return Terms.NONE;
        }
    }

    private final LocalClient client;
    private final Entrance entrance;
    private final @Nullable InetSocketAddress remoteAddress;
    private final @Nullable PeerCertificate certificate;
    private volatile Loop loop;
    private @Nullable Connection broker;

    // To the broker: at most one packet.
    private @Nullable ByteBuf in;
    private boolean paused;
    private boolean moving;

    // From the broker.
    private @Nullable ByteBuf out;
    private long unacknowledged;
    private long looks;
    private boolean dirty;
    private boolean closing;

    LocalWire(LocalClient client, ConnectRequest request, Loop loop) {
        this.client = client;
        this.entrance = new Named(request.listener());
        this.remoteAddress = request.remoteAddress();
        this.certificate = request.certificate();
        this.loop = loop;
    }

    // --- the gateway's end ---

    /** Begins; on the first loop. */
    void open(Function<Wire, Connection> door) {
        broker = door.apply(this);
    }

    /** The broker's end of an open wire. */
    Connection broker() {
        Connection end = broker;
        if (end == null) {
            throw new IllegalStateException("expected an open wire");
        }
        return end;
    }

    /** Whether the broker takes a packet now; when it does later, {@link LocalClient#pump} is called. */
    boolean takes() {
        return broker != null && !paused && !closing && in == null;
    }

    /** Sends a packet to the broker, which {@link #takes} it. */
    void send(Packet packet) {
        ByteBuf bytes =
                PooledByteBufAllocator.DEFAULT.heapBuffer(PacketEncoder.encodedLength(packet, ProtocolVersion.MQTT_5));
        PacketEncoder.encode(packet, ProtocolVersion.MQTT_5, bytes);
        in = bytes;
        read();
    }

    private void read() {
        ByteBuf bytes = in;
        Connection end = broker;
        if (bytes == null || end == null || paused) {
            return;
        }
        end.onBytes(bytes);
        if (!bytes.isReadable()) {
            in = null;
            bytes.release();
            if (!closing) {
                client.taken();
            }
        }
    }

    /** The gateway has been handed bytes of QoS 0 or, with a negative number, has acknowledged them. */
    void owe(long bytes) {
        unacknowledged += bytes;
        if (bytes < 0) {
            markDirty();
        }
    }

    /** Ends at once, as a socket does when its peer is gone; callable from any thread. */
    void breakOff() {
        loop.execute(() -> {
            if (!isElsewhere(this::breakOff)) {
                end();
            }
        });
    }

    /** A wire that has moved, or is about to, takes the task along. */
    private boolean isElsewhere(Runnable task) {
        boolean elsewhere = moving || !loop.inLoop();
        if (elsewhere) {
            loop.execute(task);
        }
        return elsewhere;
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
    public @Nullable InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    @Override
    public @Nullable InetSocketAddress localAddress() {
        return null;
    }

    @Override
    public @Nullable PeerCertificate certificate() {
        return certificate;
    }

    @Override
    public ByteBuf output(int bytes) {
        ByteBuf buffer = out;
        if (buffer == null) {
            buffer = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(256, bytes));
            out = buffer;
            markDirty();
        }
        return buffer.ensureWritable(bytes);
    }

    @Override
    public void outputShared(ByteBuf bytes) {
        output(bytes.readableBytes()).writeBytes(bytes);
        bytes.release();
    }

    @Override
    public long pendingBytes() {
        ByteBuf buffer = out;
        return unacknowledged + (buffer == null ? 0 : buffer.readableBytes());
    }

    /** A gateway has at once what is written; that it acknowledges late is no sign of a peer that is gone. */
    @Override
    public long sentBytes() {
        return ++looks;
    }

    private void markDirty() {
        if (!dirty) {
            dirty = true;
            loop.execute(this::flush);
        }
    }

    private void flush() {
        if (isElsewhere(this::flush)) {
            return;
        }
        dirty = false;
        Connection end = broker;
        if (end == null) {
            return;
        }
        ByteBuf bytes = out;
        out = null; // the client may answer while it reads, and the broker answer that
        if (bytes != null) {
            try {
                client.read(bytes);
            } finally {
                bytes.release();
            }
        }
        end.onFlushed();
        if (closing) {
            end();
        }
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        loop.execute(this::goOn);
    }

    private void goOn() {
        if (!isElsewhere(this::goOn)) {
            read();
            client.pump();
        }
    }

    @Override
    public void moveTo(Loop target, Runnable arrived) {
        paused = true;
        moving = true;
        // In a later turn, when nobody uses the connection on this loop any more.
        loop.execute(() -> {
            moving = false;
            loop = target;
            target.execute(arrived);
        });
    }

    @Override
    public void close() {
        closing = true;
        markDirty();
    }

    @Override
    public void hangUp() {
        close();
    }

    @Override
    public void abort() {
        close();
    }

    private void end() {
        Connection end = broker;
        if (end == null) {
            return;
        }
        broker = null;
        closing = true;
        end.onClosed("tcp_closed", null);
        if (in != null) {
            in.release();
            in = null;
        }
        if (out != null) {
            out.release();
            out = null;
        }
        client.closed();
    }
}
