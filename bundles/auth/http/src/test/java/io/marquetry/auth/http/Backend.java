// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server of the operator's, which answers as it is told and remembers what it was asked. */
final class Backend implements AutoCloseable {
    /** What it was asked. */
    record Asked(String method, String uri, String contentType, String key, String body) {}

    private final HttpServer server;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private volatile int status = 204;
    private volatile String body = "";

    private Backend(HttpServer server) {
        this.server = server;
    }

    static Backend start() throws IOException {
        return start(0);
    }

    static Backend start(int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        Backend backend = new Backend(server);
        server.createContext("/", exchange -> {
            try (exchange) {
                backend.asked.add(new Asked(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().toString(),
                        exchange.getRequestHeaders().getFirst("Content-Type"),
                        exchange.getRequestHeaders().getFirst("X-Key"),
                        new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
                byte[] bytes = backend.body.getBytes(UTF_8);
                exchange.sendResponseHeaders(backend.status, bytes.length == 0 ? -1 : bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
        return backend;
    }

    Backend answers(int newStatus, String newBody) {
        status = newStatus;
        body = newBody;
        return this;
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    int port() {
        return server.getAddress().getPort();
    }

    Asked last() {
        return asked.get(asked.size() - 1);
    }

    int count() {
        return asked.size();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
