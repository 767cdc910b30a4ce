// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.extension;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.support.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A device that speaks lines to the example of a gateway. */
final class LineDevice implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    private LineDevice(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        socket.setSoTimeout((int) Patience.LIMIT.toMillis());
    }

    /** A device that is connected under this name, once the gateway listens. */
    static LineDevice connect(int port, String clientId) throws IOException {
        Socket socket = Patience.untilPresent(
                () -> "the gateway listens on port " + port, Duration.ofSeconds(30), () -> tryOpen(port));
        LineDevice device = new LineDevice(socket);
        assertThat(device.ask("CONNECT " + clientId)).isEqualTo("OK");
        return device;
    }

    private static Optional<Socket> tryOpen(int port) {
        try {
            return Optional.of(new Socket(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Nullable
    String ask(String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        return read();
    }

    /** The next line, or null when the gateway has closed. */
    @Nullable
    String read() throws IOException {
        return in.readLine();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
