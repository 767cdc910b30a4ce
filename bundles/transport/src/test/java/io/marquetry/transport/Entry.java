// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.api.config.Keys;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A listener of any type in front of an echo, and the clients that a test has of it. */
final class Entry implements AutoCloseable {
    final SocketLoops loops;
    final EchoDoor door;
    final Connections connections;
    final TcpListener listener;
    private final ListenerType type;
    private final List<Socket> sockets = new ArrayList<>();

    Entry(ListenerType type, boolean epoll, Map<String, Object> properties) throws Exception {
        this.type = type;
        loops = new SocketLoops(2, epoll);
        door = new EchoDoor(loops.loops());
        connections = new Connections(
                type, name(), door, settings(type, properties), type.isEncrypted() ? new TestEncryption() : null);
        listener = new TcpListener(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096, connections);
    }

    static ListenerSettings settings(ListenerType type, Map<String, Object> properties) {
        Keys keys = new Keys("test", properties);
        ListenerSettings settings = ListenerSettings.read(type, keys);
        assertThat(keys.problems()).isEmpty();
        assertThat(keys.unknown()).isEmpty();
        return settings;
    }

    /** As the listener does when its configuration changes. */
    void change(Map<String, Object> properties) {
        connections.adopt(settings(type, properties), type.isEncrypted() ? connections.encryption() : null);
        listener.settingsChanged();
    }

    private String name() {
        return type.word() + ":test";
    }

    Map<String, Long> refused() {
        return door.tally(name()).shutdownCount();
    }

    long population() {
        return connections.population().current();
    }

    int port() {
        return listener.address().getPort();
    }

    /** A socket and no more. */
    Socket raw() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        sockets.add(socket);
        return socket;
    }

    /** A socket that has spoken what comes before MQTT. */
    Socket connect() throws Exception {
        return connect(raw());
    }

    Socket connect(Socket socket) throws Exception {
        Socket encrypted = type.isEncrypted() ? TestEncryption.over(socket) : socket;
        return type.isWebSocket() ? new WebSocketPeer(encrypted).upgrade("/mqtt", "mqtt") : encrypted;
    }

    void closeClients() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Override
    public void close() throws Exception {
        closeClients();
        NettyWireTest.until("every connection ends", () -> door.closed.get() == door.opened.get());
        NettyWireTest.until(
                "nobody is counted any more", () -> connections.population().current() == 0);
        listener.close();
        connections.close();
        loops.close();
        assertThat(door.wrongLoop.get()).as("calls on a wrong loop").isZero();
        LeakPresenceDetector.check();
    }
}
