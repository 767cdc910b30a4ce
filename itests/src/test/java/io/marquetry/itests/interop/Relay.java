// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.interop;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between a client and the broker, to break their connection where no client library would. */
final class Relay implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final int target;

    Relay(int target) throws IOException {
        this.target = target;
        start("relay-accept", this::accept);
    }

    /** Where clients connect. */
    int port() {
        return server.getLocalPort();
    }

    /** Breaks every connection, without a word to either side. */
    void cut() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            Socket broker = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(client);
            sockets.add(broker);
            start("relay-up", () -> pump(client, broker));
            start("relay-down", () -> pump(broker, client));
        }
    }

    private static void pump(Socket from, Socket to) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            in.transferTo(to.getOutputStream());
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private static void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // A socket was closed under us, which is what this class is for: the thread ends.
                        return;
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
