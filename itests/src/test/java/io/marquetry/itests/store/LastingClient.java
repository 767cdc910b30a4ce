// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.store;

import io.marquetry.itests.support.ConnectPacket;
import io.marquetry.itests.support.Outgoing;
import io.marquetry.itests.support.Packets;
import io.marquetry.itests.support.Patience;
import io.marquetry.itests.support.Received;
import io.marquetry.itests.support.ReceivedParser;
import io.marquetry.itests.support.Version;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A client whose session outlives its connections, on a thread of its own and on a bare socket. It connects again
 * whenever its connection has ended, and keeps the state that the specification wants a client to keep. A connection
 * may end at any byte, and now and then the client itself ends one so.
 */
abstract class LastingClient implements AutoCloseable {
    private static final long EXPIRY_SECONDS = 100_000;
    private static final long AGAIN_NANOS = 20_000_000;

    private final String id;
    private final Version version;
    private final int port;
    private final Conservation ledger;
    private final Random random;
    private final Thread thread;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private @Nullable Socket socket;
    private @Nullable DataInputStream in;
    private volatile boolean wanted;
    private volatile boolean live;
    private volatile boolean closed;
    /** How many of 1000 turns end the connection. */
    private volatile int restless;

    private boolean attempted;
    private boolean known;
    private final AtomicInteger connections = new AtomicInteger();

    LastingClient(String id, Version version, int port, Conservation ledger) {
        this.id = id;
        this.version = version;
        this.port = port;
        this.ledger = ledger;
        this.random = new Random(id.hashCode());
        this.thread = new Thread(this::run, id);
        thread.setDaemon(true);
    }

    final String id() {
        return id;
    }

    final Version version() {
        return version;
    }

    final Conservation ledger() {
        return ledger;
    }

    final Random random() {
        return random;
    }

    /** How often a CONNECT was accepted. */
    final int connections() {
        return connections.get();
    }

    /** Whether a CONNECT was accepted and the connection has not ended since. */
    final boolean isLive() {
        return live;
    }

    /** Whether it is to be connected from now on; if not, its connection ends at once without a word. */
    final void online(boolean value) {
        wanted = value;
        if (thread.getState() == Thread.State.NEW) {
            thread.start();
        }
        if (!value) {
            cutOff();
        }
    }

    /** How many of 1000 turns end the connection at some byte. */
    final void restless(int permille) {
        restless = permille;
    }

    private synchronized void cutOff() {
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException e) {
                // It had ended by itself.
            }
        }
    }

    private synchronized void use(@Nullable Socket value) {
        socket = value;
    }

    private void run() {
        while (!closed) {
            if (wanted) {
                try {
                    connection();
                } catch (IOException e) {
                    // As it happens to clients; they come again.
                } catch (AssertionError | RuntimeException e) {
                    problem("broke down: " + e);
                } finally {
                    live = false;
                }
            }
            LockSupport.parkNanos(AGAIN_NANOS);
        }
    }

    /** One connection. */
    private void connection() throws IOException {
        try (Socket its = new Socket()) {
            use(its);
            its.setTcpNoDelay(true);
            its.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            in = new DataInputStream(new BufferedInputStream(its.getInputStream(), 1 << 16));
            out.reset();
            send(connect());
            its.getOutputStream().write(out.toByteArray());
            out.reset();
            boolean first = !attempted;
            attempted = true;
            if (!(read() instanceof Received.Connack connack)) {
                problem("something came in place of CONNACK");
                return;
            }
            if (connack.code() != 0) {
                return; // not yet
            }
            if (first && connack.sessionPresent()) {
                problem("its first CONNECT found a session");
            }
            if (known && !connack.sessionPresent()) {
                problem("its session is gone");
            }
            known = true;
            connections.incrementAndGet();
            connected(connack.sessionPresent());
            live = true;
            while (wanted && !closed) {
                turn();
            }
        } finally {
            use(null);
        }
    }

    /** The CONNECT of a session that lasts. */
    ConnectPacket connect() {
        return Packets.connect(id).lasting(EXPIRY_SECONDS).keepAlive(0);
    }

    /** A CONNECT was accepted. */
    abstract void connected(boolean sessionPresent) throws IOException;

    /** Does something; comes back soon, or when a packet has come. */
    abstract void turn() throws IOException;

    final void problem(String sentence) {
        ledger.problem(id + ": " + sentence);
    }

    // --- the socket ---

    /** Puts a packet into what goes out with {@link #flush}. */
    final void send(Outgoing<?> packet) {
        out.writeBytes(packet.encode(version));
    }

    /** Sends everything; or, when the client is restless, a part of it and no more. */
    final void flush() throws IOException {
        Socket its = Objects.requireNonNull(socket);
        byte[] bytes = out.toByteArray();
        out.reset();
        if (random.nextInt(1000) < restless) {
            its.getOutputStream().write(bytes, 0, random.nextInt(bytes.length + 1));
            if (random.nextBoolean()) {
                its.setSoLinger(true, 0);
            }
            throw new IOException("restless");
        }
        if (bytes.length > 0) {
            its.getOutputStream().write(bytes);
        }
    }

    /** Whether there is more to read without waiting, at least the beginning of it. */
    final boolean hasMore() throws IOException {
        return Objects.requireNonNull(in).available() > 0;
    }

    /** Waits for a packet. */
    final Received read() throws IOException {
        DataInputStream from = Objects.requireNonNull(in);
        int first = from.readUnsignedByte();
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            int digit = from.readUnsignedByte();
            length |= (digit & 0x7F) << shift;
            if (digit < 0x80) {
                break;
            }
        }
        byte[] body = new byte[length];
        from.readFully(body);
        return ReceivedParser.parse(first, body, version);
    }

    @Override
    public void close() {
        closed = true;
        online(false);
        Patience.until(id + " to end", () -> !thread.isAlive());
    }
}
