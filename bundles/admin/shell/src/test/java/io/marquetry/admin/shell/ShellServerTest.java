// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ShellServerTest {
    @TempDir
    Path directory;

    private final StandInClients clients = new StandInClients().online("c");
    private final TestShell shell = new TestShell(clients, StandInMetrics.gauges(Map.of("sessions.count", 1L)));
    private Path socket;
    private ShellServer server;

    /** A client of the socket. */
    private static final class Peer implements AutoCloseable {
        final SocketChannel channel;
        String out = "";
        String err = "";
        /** What it says when it is asked; null to leave it unanswered. */
        @Nullable
        String answer;

        final List<String> asked = new ArrayList<>();

        Peer(Path socket) throws IOException {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        }

        void send(String command) throws IOException {
            byte[] text = command.getBytes(StandardCharsets.UTF_8);
            channel.write(ByteBuffer.allocate(4 + text.length)
                    .putInt(text.length)
                    .put(text)
                    .flip());
        }

        /** The exit code, or -1 when the server has closed the connection. */
        int read() throws IOException {
            while (true) {
                ByteBuffer head = ByteBuffer.allocate(5);
                if (!fill(head)) {
                    return -1;
                }
                ByteBuffer body = ByteBuffer.allocate(head.getInt(1));
                fill(body);
                String text = new String(body.array(), StandardCharsets.UTF_8);
                switch (head.get(0)) {
                    case ShellConversation.OUT -> out += text;
                    case ShellConversation.ERR -> err += text;
                    case ShellConversation.ASK -> {
                        asked.add(text);
                        if (answer == null) {
                            return ShellConversation.ASK;
                        }
                        send(answer);
                    }
                    default -> {
                        return body.get(0);
                    }
                }
            }
        }

        /** The exit code, also of a session that was refused before the command could be sent. */
        int run(String command) throws IOException {
            try {
                send(command);
            } catch (IOException e) {
                int exitCode = read();
                if (exitCode == -1) {
                    throw e;
                }
                return exitCode;
            }
            return read();
        }

        private boolean fill(ByteBuffer buffer) throws IOException {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer) < 0) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        socket = directory.resolve("shell/socket");
        server = ShellServer.open(socket, shell.factory(), 2, Duration.ofMinutes(10));
    }

    @AfterEach
    void close() {
        server.close();
        shell.close();
    }

    @Test
    void givenOpenSocket_whenLookedAt_thenOnlyItsOwnerMayUseIt() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
    }

    @Test
    void givenCommands_whenSentOneAfterTheOther_thenEachHasItsOutputAndExitCode() throws IOException {
        try (Peer peer = new Peer(socket)) {
            int good = peer.run("mqtt:client-list --no-format");
            int bad = peer.run("mqtt:client-info nobody");
            int unknown = peer.run("mqtt:nonsense");
            int again = peer.run("mqtt:client-kick c");

            assertThat(good).isZero();
            assertThat(bad).isEqualTo(1);
            assertThat(unknown).isEqualTo(1);
            assertThat(again).isZero();
            assertThat(peer.out.lines().toList().get(0)).startsWith("c\tuser\t");
            assertThat(peer.out).endsWith("kicked c\n");
            assertThat(peer.err).contains("marquetry: there is no session", "mqtt:nonsense");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "two words",
                "a;mqtt:client-kick c",
                "a|b",
                "$PATH",
                "\"quoted\" 'quoted'",
                "back\\slash",
                "{x}(y)[z]<w>*?~!&#",
                "tab\there",
                "über 😀",
                "@x=1"
            })
    void givenWordsOfAnyCharacters_whenHandedOn_thenTheyAreTakenAsTheyAre(String id) throws IOException {
        try (Peer peer = new Peer(socket)) {
            peer.run("mqtt:client-kick\0" + id);

            assertThat(clients.kicked).containsExactly(id);
        }
    }

    @Test
    void givenWordsBehindTwoDashes_whenHandedOn_thenNoneIsAnOption() throws IOException {
        try (Peer peer = new Peer(socket)) {
            int option = peer.run("mqtt:client-kick\0-x=1");
            int name = peer.run("mqtt:client-kick\0--\0-x=1");

            assertThat(option).isEqualTo(1);
            assertThat(name).isEqualTo(1);
            assertThat(peer.err).contains("Undefined option: -x=1", "identifier -x=1;");
            assertThat(clients.kicked).containsExactly("-x=1");
        }
    }

    @Test
    void givenAllSessionsInUse_whenOneMoreComes_thenItIsTurnedAwayWithASentence() throws IOException {
        try (Peer first = new Peer(socket);
                Peer second = new Peer(socket)) {
            first.run("mqtt:metrics");
            second.run("mqtt:metrics");
            try (Peer third = new Peer(socket)) {
                int exitCode = third.read();

                assertThat(exitCode).isEqualTo(1);
                assertThat(third.err).contains("there are 2 shell sessions already");
            }
        }
    }

    @Test
    void givenCommandTooLong_whenAnnounced_thenItIsRefusedBeforeItIsRead() throws IOException {
        try (Peer peer = new Peer(socket)) {
            peer.channel.write(ByteBuffer.allocate(4)
                    .putInt(ShellConversation.MAX_COMMAND + 1)
                    .flip());

            int exitCode = peer.read();

            assertThat(exitCode).isEqualTo(1);
            assertThat(peer.err).contains("expected a command of at most 65536 bytes, got 65537");
            assertThat(peer.read()).isEqualTo(-1);
        }
    }

    @Test
    void givenCommandThatAsks_whenAnswered_thenTheAnswerIsNoCommandAndTheNextOneIs() throws IOException {
        StandInUsers users = new StandInUsers();
        shell.register(users);
        try (Peer peer = new Peer(socket)) {
            peer.answer = "mqtt:client-kick c; $secret";

            int exitCode = peer.run("mqtt:user-add ada");
            int next = peer.run("mqtt:user-list --no-format");

            assertThat(exitCode).isZero();
            assertThat(next).isZero();
            assertThat(peer.asked).containsExactly("Password of ada: ");
            assertThat(users.said).isEqualTo("mqtt:client-kick c; $secret");
            assertThat(clients.kicked).isEmpty();
            assertThat(peer.out).isEqualTo("added ada\nada\tfalse\n");
        }
    }

    @Test
    void givenCommandThatAsks_whenTheInputHasEnded_thenNothingIsChanged() throws IOException {
        StandInUsers users = new StandInUsers();
        shell.register(users);
        try (Peer peer = new Peer(socket)) {
            peer.answer = "";

            int exitCode = peer.run("mqtt:user-add ada");

            assertThat(exitCode).isEqualTo(1);
            assertThat(peer.err).contains("expected a password, got an empty line");
            assertThat(users.list("", 1)).isEmpty();
        }
    }

    @Test
    void givenCommandThatAsks_whenTheClientGoes_thenItsPlaceIsFreeAgain() throws Exception {
        shell.register(new StandInUsers());
        server.close();
        server = ShellServer.open(socket, shell.factory(), 1, Duration.ofMinutes(10));
        try (Peer peer = new Peer(socket)) {
            assertThat(peer.run("mqtt:user-add ada")).isEqualTo(ShellConversation.ASK);
        }

        int exitCode;
        do {
            try (Peer next = new Peer(socket)) {
                exitCode = next.run("mqtt:metrics");
            }
        } while (exitCode != 0); // the time of the test is bounded
    }

    @Test
    void givenClientThatGoesWhileItsCommandRuns_whenItHasGone_thenTheCommandIsInterrupted() throws Exception {
        WaitingClients waiting = new WaitingClients();
        shell.unregister(clients);
        shell.register(waiting);
        try (Peer peer = new Peer(socket)) {
            peer.send("mqtt:client-info c");
            waiting.awaitAsked();
        }

        assertThat(waiting.awaitInterrupted()).isTrue();
    }

    @Test
    void givenNobodySaysAnything_whenTheIdleTimeIsOver_thenTheSessionEnds() throws IOException {
        try (ShellServer impatient =
                        ShellServer.open(directory.resolve("c/s"), shell.factory(), 1, Duration.ofMillis(50));
                Peer peer = new Peer(directory.resolve("c/s"))) {
            int exitCode = peer.read();

            assertThat(exitCode).isEqualTo(-1);
            assertThat(impatient).isNotNull();
        }
    }

    @Test
    void givenSocketOfABrokerThatWasKilled_whenOpenedAnew_thenItIsReplaced() throws IOException {
        server.close();
        Files.createFile(socket);

        server = ShellServer.open(socket, shell.factory(), 2, Duration.ofMinutes(10));

        try (Peer peer = new Peer(socket)) {
            assertThat(peer.run("mqtt:metrics")).isZero();
        }
    }

    @Test
    void givenServerThatCloses_whenAPeerWaits_thenItIsLetGoAndTheSocketIsRemoved() throws IOException {
        try (Peer peer = new Peer(socket)) {
            peer.run("mqtt:metrics");

            server.close();

            assertThat(peer.read()).isEqualTo(-1);
            assertThat(socket).doesNotExist();
        }
    }
}
