// SPDX-License-Identifier: Apache-2.0
package io.marquetry.example.line.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LineServerTest {
    private final Loopback clients = new Loopback();
    private @Nullable LineServer server;

    @BeforeEach
    void open() throws IOException {
        server = new LineServer(clients, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 2, 64);
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    /** The other end. */
    private final class Device implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        Device() throws IOException {
            int port = server == null ? 0 : server.port();
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        Device send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            return this;
        }

        @Nullable
        String read() throws IOException {
            return in.readLine();
        }

        String ask(String line) throws IOException {
            return String.valueOf(send(line + "\n").read());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void givenDevice_whenItSpeaks_thenItIsAnswered() throws IOException {
        try (Device device = new Device()) {
            assertThat(device.ask("PUB a b")).startsWith("ERR expected PUB");
            assertThat(device.ask("CONNECT meter-7 ann secret")).isEqualTo("OK");
            assertThat(device.ask("SUB a")).isEqualTo("OK");
            assertThat(device.ask("PUB a hello to you")).isEqualTo("MSG a hello to you");
            assertThat(device.read()).isEqualTo("OK");
            assertThat(device.ask("PUB a/# wrong")).startsWith("ERR ");
            assertThat(device.ask("WHAT")).startsWith("ERR expected CONNECT");
            assertThat(device.ask("QUIT")).isEqualTo("OK");
            assertThat(device.read()).isNull();
            assertThat(clients.connected).isEmpty();
        }
    }

    @Test
    void givenManyLinesAtOnce_whenTheyCome_thenEachIsAnsweredInOrder() throws IOException {
        try (Device device = new Device()) {
            device.send("CONNECT meter-7\nSUB a\nPUB a 1\nPUB a 2\nWHAT\n");

            assertThat(device.read()).isEqualTo("OK");
            assertThat(device.read()).isEqualTo("OK");
            assertThat(device.read()).isEqualTo("MSG a 1");
            assertThat(device.read()).isEqualTo("OK");
            assertThat(device.read()).isEqualTo("MSG a 2");
            assertThat(device.read()).isEqualTo("OK");
            assertThat(device.read()).startsWith("ERR");
        }
    }

    @Test
    void givenRefusal_whenDeviceConnects_thenItIsToldAndClosed() throws IOException {
        try (Device device = new Device()) {
            assertThat(device.ask("CONNECT nobody")).isEqualTo("ERR BANNED");
            assertThat(device.read()).isNull();
        }
    }

    @Test
    void givenLineWithoutEnd_whenItIsTooLong_thenDeviceIsToldAndClosed() throws IOException {
        try (Device device = new Device()) {
            assertThat(device.send("x".repeat(64)).read()).isEqualTo("ERR a line has at most 64 bytes");
            assertThat(device.read()).isNull();
        }
    }

    @Test
    void givenTwoDevices_whenAThirdComes_thenItIsTurnedAway() throws IOException {
        try (Device first = new Device();
                Device second = new Device()) {
            assertThat(first.ask("CONNECT one")).isEqualTo("OK");
            assertThat(second.ask("CONNECT two")).isEqualTo("OK");
            try (Device third = new Device()) {
                assertThat(third.read()).isEqualTo("ERR too many connections");
            }
        }
    }
}
