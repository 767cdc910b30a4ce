// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.core.port.Door;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Tally;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import io.netty.util.LeakPresenceDetector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpListenerComponentTest {
    private final PrintStream terminal = System.err;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private SocketLoops loops;
    private Entrance door;
    private TcpListenerComponent component;

    /** An echo with a switch: whether anyone may come in unasked. */
    private record Entrance(EchoDoor echo, boolean[] anonymous) implements Door {
        @Override
        public List<Loop> loops() {
            return echo.loops();
        }

        @Override
        public WireHandler open(Wire wire) {
            return echo.open(wire);
        }

        @Override
        public boolean anonymousAccess() {
            synchronized (anonymous) {
                return anonymous[0];
            }
        }

        @Override
        public CompletionStage<?> endConnections(String listener) {
            return echo.endConnections(listener);
        }

        @Override
        public Tally tally(String listener) {
            return echo.tally(listener);
        }

        void closeToAnonymous() {
            synchronized (anonymous) {
                anonymous[0] = false;
            }
        }
    }

    @BeforeEach
    void listenToTheLog() {
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        loops = new SocketLoops(1, true);
        door = new Entrance(new EchoDoor(loops.loops()), new boolean[] {true});
    }

    @AfterEach
    void everyBufferIsReleased() {
        if (component != null) {
            component.close();
        }
        loops.close();
        System.setErr(terminal);
        LeakPresenceDetector.check();
    }

    @Test
    void givenAddressForEveryone_whenAnonymousClientsWouldGetIn_thenItOpensOnlyWhenTheyDoNot() throws Exception {
        int port = freePort();
        component = component("0.0.0.0:" + port);
        assertThat(accepts(port)).isFalse();
        assertThat(logged()).contains("tcp:default does not listen on 0.0.0.0:" + port, "allowAnonymous", "deploy/");

        door.closeToAnonymous();

        NettyWireTest.until("the listener opens by itself", () -> accepts(port));
    }

    @Test
    void givenPortThatIsTaken_whenOpened_thenOneLineNamesListenerAddressAndProcess() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            component = component(address);

            assertThat(logged().lines().filter(line -> line.contains(address)))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("listener tcp:default cannot listen on " + address)
                    .contains(
                            System.getProperty("os.name").equals("Linux")
                                    ? "(used by process "
                                            + ProcessHandle.current().pid() + ", "
                                    : "")
                    .contains("address already in use", "it tries again every 5 s");
        }
    }

    @Test
    void givenPortThatIsTaken_whenItIsFreed_thenTheListenerOpensAndOneLineTellsOfEach(@TempDir Path base)
            throws Exception {
        StandingClock clock = new StandingClock(loops.loops().get(0));
        door = new Entrance(new EchoDoor(List.of(clock)), new boolean[] {true});
        Path states = Files.createDirectory(base.resolve("data")).resolve("listeners");
        ListenerDirectory directory = new ListenerDirectory(base.toString());
        String address;
        try (ServerSocket taken = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            address = "127.0.0.1:" + taken.getLocalPort();
            component = new TcpListenerComponent(door, directory, properties(address));
            clock.pass();
            clock.pass();
            NettyWireTest.until("it was tried three times", () -> clock.delays().size() == 3);
            assertThat(directory.list().get(0).problem()).startsWith("cannot listen on " + address);
            assertThat(states).content().startsWith("tcp:default\tproblem\tcannot listen on " + address);
        }

        clock.pass();

        String listening = "tcp:default\tlistening\t" + address + "\n";
        NettyWireTest.until("the file says that it listens", () -> read(states).equals(listening));
        assertThat(clock.delays()).containsExactly(5000L, 5000L, 5000L);
        assertThat(directory.list().get(0).problem()).isNull();
        assertThat(directory.list().get(0).running()).isTrue();
        assertThat(logged().lines().filter(line -> line.contains(address)))
                .satisfiesExactly(
                        line -> assertThat(line).contains("cannot listen on " + address),
                        line -> assertThat(line).contains("is listening on " + address));
    }

    @Test
    void givenTlsForEveryone_whenAnAuthenticatorIsWaitedFor_thenTheLogHasOneLineUntilItOpens(@TempDir Path base)
            throws Exception {
        StandingClock clock = new StandingClock(loops.loops().get(0));
        door = new Entrance(new EchoDoor(List.of(clock)), new boolean[] {true});
        Files.createDirectory(base.resolve("data"));
        ListenerDirectory directory = new ListenerDirectory(base.toString());
        int port = freePort();
        Listener listener = directory.open(
                ListenerType.SSL,
                door,
                Map.of("service.pid", "io.marquetry.transport.ssl~all", "bind", "0.0.0.0:" + port));
        clock.pass();
        clock.pass();
        NettyWireTest.until("it was tried three times", () -> clock.delays().size() == 3);
        assertThat(logged().lines().filter(line -> line.contains("ssl:all")))
                .singleElement()
                .asString()
                .contains("does not listen on 0.0.0.0:" + port);

        door.closeToAnonymous();
        clock.pass();

        NettyWireTest.until("it listens", () -> accepts(port));
        directory.close(listener);
    }

    @Test
    void givenOpenListener_whenTheNewAddressIsTakenAndFreed_thenItMovesThere() throws Exception {
        StandingClock clock = new StandingClock(loops.loops().get(0));
        door = new Entrance(new EchoDoor(List.of(clock)), new boolean[] {true});
        int port = freePort();
        component = component("127.0.0.1:" + port);
        int next;
        try (ServerSocket taken = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            next = taken.getLocalPort();
            component.modified(properties("127.0.0.1:" + next));
        }
        assertThat(accepts(port)).isTrue();

        clock.pass();

        NettyWireTest.until("it listens there", () -> accepts(next));
        NettyWireTest.until("the old address is given up", () -> !accepts(port));
    }

    @Test
    void givenPortThatIsTaken_whenABadValueComesAndTheListenerGoesOn_thenTheBadValueIsNotForgotten() throws Exception {
        StandingClock clock = new StandingClock(loops.loops().get(0));
        door = new Entrance(new EchoDoor(List.of(clock)), new boolean[] {true});
        ListenerDirectory directory = new ListenerDirectory();
        int port = freePort();
        component = new TcpListenerComponent(door, directory, properties("127.0.0.1:" + port));
        int taken;
        try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            taken = socket.getLocalPort();
            component.modified(properties("127.0.0.1:" + taken));
            component.modified(properties("nonsense"));
        }

        clock.pass();

        loops.loops().get(0).eventLoop().submit(() -> {}).sync();
        assertThat(directory.list().get(0).problem()).contains("bind = nonsense");
        directory.stop("tcp:default").toCompletableFuture().join(); // behind a new attempt
        assertThat(logged()).doesNotContain("is listening on 127.0.0.1:" + taken);
    }

    @Test
    void givenOpenListener_whenItsAddressChanges_thenItMovesThere() throws Exception {
        int first = freePort();
        component = component("127.0.0.1:" + first);
        assertThat(accepts(first)).isTrue();
        assertThat(logged()).contains("listener tcp:default is listening on 127.0.0.1:" + first);
        int second = freePort();

        component.modified(properties("127.0.0.1:" + second));

        assertThat(accepts(second)).isTrue();
        // NIO gives a port up with the next select of its loop, a moment after the close; epoll does at once.
        NettyWireTest.until("the old address is given up", () -> !accepts(first));
    }

    @Test
    void givenConnectedClient_whenTheAddressChanges_thenTheClientStays() throws Exception {
        int first = freePort();
        component = component("127.0.0.1:" + first);
        try (Socket client = new Socket("127.0.0.1", first)) {
            byte[] frame = NettyWireTest.frame(EchoDoor.ECHO, new byte[10]);
            client.getOutputStream().write(frame);
            NettyWireTest.read(client, frame.length);
            int second = freePort();

            component.modified(properties("127.0.0.1:" + second));

            assertThat(accepts(second)).isTrue();
            client.getOutputStream().write(frame);
            assertThat(NettyWireTest.read(client, frame.length)).isEqualTo(frame);
        }
    }

    @Test
    void givenOpenListener_whenTheNewAddressIsTaken_thenItGoesOnWhereItWas() throws Exception {
        int port = freePort();
        component = component("127.0.0.1:" + port);
        try (ServerSocket taken = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            component.modified(properties("127.0.0.1:" + taken.getLocalPort()));
        }

        assertThat(accepts(port)).isTrue();
        assertThat(logged()).contains("it goes on where it was, on 127.0.0.1:" + port);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.1:65536", "no.such.host.invalid:1883", ":", "127.0.0.1:x"})
    void givenOpenListener_whenTheNewAddressIsWrong_thenItIsNamedAndTheOldGoesOn(String wrong) throws Exception {
        int port = freePort();
        component = component("127.0.0.1:" + port);

        component.modified(properties(wrong));

        assertThat(accepts(port)).isTrue();
        assertThat(logged())
                .contains("conf/io.marquetry.transport.tcp-default.cfg", "bind = " + wrong, "host:port", "as before");
    }

    @Test
    void givenOpenListener_whenOnlyTheBacklogChangesOrItIsSwitchedOff_thenThatIsDone() throws Exception {
        int port = freePort();
        component = component("127.0.0.1:" + port);

        component.modified(Map.of(
                "service.pid", TcpListenerComponent.PID + "~default", "bind", "127.0.0.1:" + port, "backlog", "5"));
        assertThat(accepts(port)).isTrue();
        component.modified(Map.of(
                "service.pid", TcpListenerComponent.PID + "~default", "bind", "127.0.0.1:" + port, "enabled", "false"));

        // NIO gives a port up with the next select of its loop, a moment after the close; epoll does at once.
        NettyWireTest.until("nobody listens any more", () -> !accepts(port));
        assertThat(logged()).contains("listener tcp:default is switched off");
    }

    private TcpListenerComponent component(String bind) {
        return new TcpListenerComponent(door, new ListenerDirectory(), properties(bind));
    }

    private static Map<String, Object> properties(String bind) {
        return Map.of("service.pid", TcpListenerComponent.PID + "~default", "bind", bind);
    }

    private String logged() {
        return log.toString(StandardCharsets.UTF_8);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
