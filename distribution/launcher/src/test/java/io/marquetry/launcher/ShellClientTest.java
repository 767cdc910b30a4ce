// SPDX-License-Identifier: Apache-2.0
package io.marquetry.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellClientTest {
    private static final byte[] END_WITH_ONE = {0, 0, 0, 0, 1, 1};

    @TempDir
    private Path temp;

    private UnixDomainSocketAddress socket;

    @BeforeEach
    void name() {
        socket = UnixDomainSocketAddress.of(temp.resolve("socket"));
    }

    @Test
    void givenSessionThatIsRefused_whenTheCommandComesTooLate_thenTheRefusalIsHeard() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(socket);
            try (ShellClient client = new ShellClient(SocketChannel.open(socket))) {
                try (SocketChannel refused = server.accept()) {
                    refused.write(ByteBuffer.wrap(END_WITH_ONE));
                }

                int exitCode = client.run("mqtt:metrics");

                assertThat(exitCode).isEqualTo(1);
            }
        }
    }

    @Test
    void givenBrokerThatWentWithoutAWord_whenACommandIsSent_thenThatIsTheError() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(socket);
            try (ShellClient client = new ShellClient(SocketChannel.open(socket))) {
                server.accept().close();

                assertThatThrownBy(() -> client.run("mqtt:metrics")).isInstanceOf(IOException.class);
            }
        }
    }
}
