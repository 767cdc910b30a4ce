// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.line.gateway;

import io.marquetry.api.client.ClientPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that serves every device: it never waits for one, and everything about a device happens on it. */
final class LineServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LineServer.class);

    private final ClientPort clients;
    private final int maxConnections;
    private final int maxLineBytes;
    private final Selector selector;
    private final ServerSocketChannel listener;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Set<LineConnection> connections = new HashSet<>();
    private volatile boolean closed;

    LineServer(ClientPort clients, InetSocketAddress bind, int maxConnections, int maxLineBytes) throws IOException {
        this.clients = clients;
        this.maxConnections = maxConnections;
        this.maxLineBytes = maxLineBytes;
        selector = Selector.open();
        listener = ServerSocketChannel.open();
        try {
            listener.bind(bind);
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException | RuntimeException e) {
            listener.close();
            selector.close();
            throw new IOException("expected an address to listen on, got " + bind + ": " + e.getMessage(), e);
        }
        Thread thread = new Thread(this::run, "line-gateway");
        thread.setDaemon(true);
        thread.start();
        LOG.info("devices that speak lines may connect to {}", listener.getLocalAddress());
    }

    int port() {
        return listener.socket().getLocalPort();
    }

    ClientPort clients() {
        return clients;
    }

    int maxLineBytes() {
        return maxLineBytes;
    }

    /** Does something on the thread of the devices; callable from any thread. */
    void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    void left(LineConnection connection) {
        connections.remove(connection);
    }

    private void run() {
        try {
            while (!closed) {
                selector.select(this::ready);
                Runnable task;
                while ((task = tasks.poll()) != null) {
                    task.run();
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("the gateway has failed and serves nobody any more; restart the extension", e);
        } finally {
            List.copyOf(connections).forEach(LineConnection::close);
            closeQuietly(listener);
            closeQuietly(selector);
        }
    }

    private void ready(SelectionKey key) {
        if (key.attachment() instanceof LineConnection connection) {
            connection.ready(key);
            return;
        }
        try {
            SocketChannel channel = listener.accept();
            if (channel != null) {
                accept(channel);
            }
        } catch (IOException e) {
            LOG.debug("a device could not be accepted", e);
        }
    }

    private void accept(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        if (connections.size() >= maxConnections) {
            // The buffer of a new socket has room for it.
            channel.write(ByteBuffer.wrap("ERR too many connections\n".getBytes(StandardCharsets.UTF_8)));
            channel.close();
            return;
        }
        connections.add(new LineConnection(this, channel, channel.register(selector, SelectionKey.OP_READ)));
    }

    private static void closeQuietly(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            LOG.debug("could not close", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }
}
