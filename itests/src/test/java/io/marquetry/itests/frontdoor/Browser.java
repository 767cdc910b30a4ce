// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.marquetry.itests.support.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Chromium without a window, and a server of pages that tell what they saw. */
final class Browser implements AutoCloseable {
    private static final int SECONDS = 60;

    private final Path pages;
    private final Path profile;
    private final HttpServer server;
    private volatile CompletableFuture<String> said = new CompletableFuture<>();

    Browser(Path pages, Path profile) throws IOException {
        this.pages = pages;
        this.profile = profile;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::page);
        server.createContext("/said", this::said);
        server.start();
    }

    /** Opens {@code browser.html} for an MQTT server and waits for what it says. */
    String visit(String mqttUrl) throws Exception {
        said = new CompletableFuture<>();
        String page = "http://localhost:" + server.getAddress().getPort() + "/browser.html?"
                + URLEncoder.encode(mqttUrl, StandardCharsets.UTF_8);
        try (Tool chromium = Tool.start(List.of(
                Tool.path("chromium", "chromium"),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--ignore-certificate-errors",
                "--remote-debugging-port=0", // keeps it running until it is told to end
                "--user-data-dir=" + profile,
                page))) {
            try {
                return said.get(SECONDS, TimeUnit.SECONDS);
            } catch (java.util.concurrent.TimeoutException e) {
                throw new AssertionError("The page said nothing within " + SECONDS + " s; " + chromium, e);
            }
        }
    }

    private void page(HttpExchange exchange) throws IOException {
        Path file = pages.resolve("." + exchange.getRequestURI().getPath()).normalize();
        boolean there = file.startsWith(pages) && Files.isRegularFile(file);
        byte[] body = there ? Files.readAllBytes(file) : new byte[0];
        exchange.getResponseHeaders()
                .set("Content-Type", file.toString().endsWith(".js") ? "text/javascript" : "text/html");
        exchange.sendResponseHeaders(there ? 200 : 404, there ? body.length : -1);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void said(HttpExchange exchange) {
        try {
            String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
            said.complete(text);
        } catch (IOException e) {
            said.completeExceptionally(new UncheckedIOException(e));
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
