// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.LeakPresenceDetector;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NettyWireTest {
    private final List<Socket> sockets = new ArrayList<>();
    private SocketLoops loops;
    private EchoDoor door;
    private Connections connections;
    private TcpListener listener;

    private void start(boolean epoll) throws Exception {
        loops = new SocketLoops(2, epoll);
        door = new EchoDoor(loops.loops());
        connections =
                new Connections(ListenerType.TCP, "tcp:test", door, Entry.settings(ListenerType.TCP, Map.of()), null);
        listener = new TcpListener(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096, connections);
    }

    @AfterEach
    void everyBufferIsReleased() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        until("every connection ends", () -> door.closed.get() == door.opened.get());
        listener.close();
        connections.close();
        loops.close();
        assertThat(door.wrongLoop.get()).as("calls on a wrong loop").isZero();
        LeakPresenceDetector.check();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenFramesCutAnywhere_whenTheirPartsCome_thenTheyAreWhole(boolean epoll) throws Exception {
        start(epoll);
        Socket socket = connect();
        byte[] bytes =
                concat(frame(EchoDoor.ECHO, body(20)), frame(EchoDoor.SHARED, body(3)), frame(EchoDoor.ECHO, body(0)));
        for (int cut = 1; cut < bytes.length; cut++) {
            long before = door.bytesSeen.get();
            int first = cut;
            socket.getOutputStream().write(bytes, 0, cut);
            until("the first part is read", () -> door.bytesSeen.get() == before + first);
            socket.getOutputStream().write(bytes, cut, bytes.length - cut);

            assertThat(read(socket, bytes.length)).as("cut at %d", cut).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenFramesOfAnyLength_whenEchoed_thenTheyComeBack(boolean epoll) throws Exception {
        start(epoll);
        Socket socket = connect();
        Random random = new Random(1);
        for (int length : new int[] {1 << 20, 65_536, 65_535, 32_768, 32_764, 100_000, 7, 1 << 20, 0}) {
            byte command = random.nextBoolean() ? EchoDoor.ECHO : EchoDoor.SHARED;
            byte[] bytes = concat(frame(EchoDoor.PAUSE, body(5)), frame(command, body(length)));
            Thread writer = new Thread(() -> write(socket, bytes));
            writer.start();

            assertThat(read(socket, bytes.length)).as("length %d", length).isEqualTo(bytes);
            writer.join();
        }
    }

    @Test
    void givenReaderThatWaits_whenWeSendMuch_thenLittlePilesUpAndNothingIsLost() throws Exception {
        start(true);
        Socket socket = connect();
        int total = 40 << 20;
        socket.getOutputStream()
                .write(frame(
                        EchoDoor.FLOOD, ByteBuffer.allocate(4).putInt(total).array()));
        until("the socket is full", () -> door.mostPending.get() >= 1 << 20);

        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] part = new byte[1 << 16];
        for (int at = 0; at < total; at += part.length) {
            in.readFully(part);
            for (int i = 0; i < part.length; i += 997) {
                assertThat(part[i]).isEqualTo((byte) (at + i));
            }
        }

        assertThat(door.mostPending.get()).isLessThan((1 << 20) + 20_000);
    }

    @Test
    void givenTwoThousandConnections_whenTheyMoveUnderTraffic_thenNothingIsLostOrOvertaken() throws Exception {
        start(true);
        int connections = 2_000;
        byte[] bytes = concat(
                frame(EchoDoor.MOVE, body(11)),
                frame(EchoDoor.ECHO, body(200)),
                frame(EchoDoor.ECHO, body(1)),
                frame(EchoDoor.MOVE, body(2)),
                frame(EchoDoor.SHARED, body(50)));
        for (int i = 0; i < connections; i++) {
            Socket socket = connect();
            socket.getOutputStream().write(bytes, 0, i % bytes.length);
        }
        for (int i = 0; i < connections; i++) {
            int sent = i % bytes.length;
            sockets.get(i).getOutputStream().write(bytes, sent, bytes.length - sent);
        }

        for (Socket socket : sockets) {
            assertThat(read(socket, bytes.length)).isEqualTo(bytes);
        }
    }

    @Test
    void givenHalfClosedPeer_whenItHasSentAll_thenTheConnectionEndsOnce() throws Exception {
        start(true);
        Socket socket = connect();
        socket.getOutputStream().write(frame(EchoDoor.ECHO, body(10)));
        assertThat(read(socket, 15)).hasSize(15);
        socket.getOutputStream().write(new byte[] {0, 0, 0, 99, 0, 1, 2});

        socket.shutdownOutput();

        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        until("the end is told", () -> door.closed.get() == 1);
    }

    @Test
    void givenPeersThatReset_whenBytesWaitBothWays_thenEachConnectionEndsOnce() throws Exception {
        start(true);
        for (int i = 0; i < 20; i++) {
            Socket socket = connect();
            socket.getOutputStream()
                    .write(concat(
                            frame(
                                    EchoDoor.FLOOD,
                                    ByteBuffer.allocate(4).putInt(8 << 20).array()),
                            frame(EchoDoor.ECHO, body(300)),
                            new byte[] {0, 0, 1, 0, 0, 5}));
            socket.setSoLinger(true, 0);
            socket.close();
        }

        until("every end is told", () -> door.closed.get() == 20 && door.opened.get() == 20);
    }

    @Test
    void givenConnectionsThatMove_whenTheyAreResetMeanwhile_thenEachEndsOnce() throws Exception {
        start(true);
        for (int i = 0; i < 200; i++) {
            Socket socket = connect();
            socket.getOutputStream().write(concat(frame(EchoDoor.MOVE, body(1)), frame(EchoDoor.MOVE, body(2))));
            socket.setSoLinger(true, 0);
            socket.close();
        }

        until("every end is told", () -> door.opened.get() == 200 && door.closed.get() == 200);
    }

    @Test
    void givenLastWords_whenWeClose_thenThePeerReadsThemAll() throws Exception {
        start(true);
        Socket socket = connect();
        byte[] last = frame(EchoDoor.CLOSE, body(500_000));
        Thread writer = new Thread(() -> write(socket, last));
        writer.start();

        assertThat(read(socket, last.length)).isEqualTo(last);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        writer.join();
    }

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), listener.address().getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        sockets.add(socket);
        return socket;
    }

    static byte[] frame(byte command, byte[] body) {
        return ByteBuffer.allocate(EchoDoor.HEAD + body.length)
                .putInt(1 + body.length)
                .put(command)
                .put(body)
                .array();
    }

    static byte[] body(int length) {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);
        return body;
    }

    static byte[] concat(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(10 << 20);
        for (byte[] part : parts) {
            all.put(part);
        }
        return java.util.Arrays.copyOf(all.array(), all.position());
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static byte[] read(Socket socket, int length) throws IOException {
        byte[] bytes = new byte[length];
        new DataInputStream(socket.getInputStream()).readFully(bytes);
        return bytes;
    }

    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("expected that " + what + ", but it did not within 20 s");
            }
            Thread.yield();
        }
    }
}
