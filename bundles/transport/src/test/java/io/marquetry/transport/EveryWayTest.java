// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds for a wire over TCP holds over TLS, WebSocket and both. */
class EveryWayTest {
    private static final String ALL =
            "type,epoll\nTCP,true\nSSL,true\nSSL,false\nWS,true\nWS,false\nWSS,true\nWSS,false";

    private Entry entry;

    @AfterEach
    void everythingIsReleased() throws Exception {
        entry.close();
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL, useHeadersInDisplayName = true)
    void givenFramesOfAnyLength_whenWeAndLoopsPauseAndMove_thenTheyComeBack(ListenerType type, boolean epoll)
            throws Exception {
        entry = new Entry(type, epoll, Map.of());
        Socket socket = entry.connect();
        for (int length : new int[] {1, 125, 126, 65_535, 65_536, 1 << 20, 0, 32_764}) {
            byte[] bytes = NettyWireTest.concat(
                    NettyWireTest.frame(EchoDoor.PAUSE, NettyWireTest.body(5)),
                    NettyWireTest.frame(EchoDoor.SHARED, NettyWireTest.body(length)),
                    NettyWireTest.frame(EchoDoor.MOVE, NettyWireTest.body(9)),
                    NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(length)),
                    NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(3)));
            Thread writer = new Thread(() -> write(socket, bytes));
            writer.start();

            assertThat(NettyWireTest.read(socket, bytes.length))
                    .as("length %d", length)
                    .isEqualTo(bytes);
            writer.join();
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL, useHeadersInDisplayName = true)
    void givenFramesInPieces_whenTheyCome_thenTheyAreWhole(ListenerType type, boolean epoll) throws Exception {
        entry = new Entry(type, epoll, Map.of());
        Socket socket = entry.connect();
        byte[] bytes = NettyWireTest.concat(
                NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(20)),
                NettyWireTest.frame(EchoDoor.MOVE, NettyWireTest.body(3)));

        for (byte one : bytes) {
            long before = entry.door.bytesSeen.get();
            socket.getOutputStream().write(one);
            NettyWireTest.until("it is seen", () -> entry.door.bytesSeen.get() > before);
        }

        assertThat(NettyWireTest.read(socket, bytes.length)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL, useHeadersInDisplayName = true)
    void givenManyConnections_whenTheyMoveUnderTraffic_thenNothingIsLostOrOvertaken(ListenerType type, boolean epoll)
            throws Exception {
        entry = new Entry(type, epoll, Map.of());
        byte[] bytes = NettyWireTest.concat(
                NettyWireTest.frame(EchoDoor.MOVE, NettyWireTest.body(11)),
                NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(200)),
                NettyWireTest.frame(EchoDoor.MOVE, NettyWireTest.body(2)),
                NettyWireTest.frame(EchoDoor.SHARED, NettyWireTest.body(50)));
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Socket socket = entry.connect();
            sockets.add(socket);
            socket.getOutputStream().write(bytes, 0, 1 + i % (bytes.length - 1));
        }
        for (int i = 0; i < sockets.size(); i++) {
            int sent = 1 + i % (bytes.length - 1);
            sockets.get(i).getOutputStream().write(bytes, sent, bytes.length - sent);
        }

        for (Socket socket : sockets) {
            assertThat(NettyWireTest.read(socket, bytes.length)).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL, useHeadersInDisplayName = true)
    void givenReaderThatWaits_whenWeSendMuch_thenLittlePilesUpAndNothingIsLost(ListenerType type, boolean epoll)
            throws Exception {
        entry = new Entry(type, epoll, Map.of());
        Socket socket = entry.connect();
        int total = 20 << 20;
        socket.getOutputStream()
                .write(NettyWireTest.frame(
                        EchoDoor.FLOOD, ByteBuffer.allocate(4).putInt(total).array()));
        NettyWireTest.until("the socket is full", () -> entry.door.mostPending.get() >= 1 << 20);

        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] part = new byte[1 << 16];
        for (int at = 0; at < total; at += part.length) {
            in.readFully(part);
            for (int i = 0; i < part.length; i += 997) {
                assertThat(part[i]).isEqualTo((byte) (at + i));
            }
        }

        assertThat(entry.door.mostPending.get()).isLessThan((1 << 20) + 40_000);
        NettyWireTest.until("all is sent", () -> entry.door.wires.get(0).sentBytes() >= total);
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL, useHeadersInDisplayName = true)
    void givenLastWords_whenWeClose_thenThePeerReadsThemAllAndAGoodbye(ListenerType type, boolean epoll)
            throws Exception {
        entry = new Entry(type, epoll, Map.of());
        Socket socket = entry.connect();
        byte[] last = NettyWireTest.frame(EchoDoor.CLOSE, NettyWireTest.body(500_000));
        Thread writer = new Thread(() -> write(socket, last));
        writer.start();

        assertThat(NettyWireTest.read(socket, last.length)).isEqualTo(last);
        // Without close_notify the JDK's end of TLS would throw here.
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        writer.join();
        if (socket instanceof WebSocketPeer peer) {
            assertThat(peer.closeStatus).isEqualTo(1000);
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL, useHeadersInDisplayName = true)
    void givenPeersThatReset_whenBytesWaitBothWays_thenEachConnectionEndsOnce(ListenerType type, boolean epoll)
            throws Exception {
        entry = new Entry(type, epoll, Map.of());
        for (int i = 0; i < 20; i++) {
            Socket raw = entry.raw();
            Socket socket = entry.connect(raw);
            socket.getOutputStream()
                    .write(NettyWireTest.concat(
                            NettyWireTest.frame(EchoDoor.MOVE, NettyWireTest.body(1)),
                            NettyWireTest.frame(
                                    EchoDoor.FLOOD,
                                    ByteBuffer.allocate(4).putInt(8 << 20).array()),
                            NettyWireTest.frame(EchoDoor.MOVE, NettyWireTest.body(300)),
                            new byte[] {0, 0, 1, 0, 0, 5}));
            raw.setSoLinger(true, 0);
            raw.close();
        }

        NettyWireTest.until(
                "every end is told",
                () -> entry.door.closed.get() == entry.door.opened.get() && entry.population() == 0);
    }

    @ParameterizedTest
    @CsvSource({"TCP,tcp_closed", "SSL,ssl_closed", "WS,tcp_closed", "WSS,ssl_closed"})
    void givenPeerThatCloses_whenItIsGone_thenTheReasonNamesItsWay(ListenerType type, String reason) throws Exception {
        entry = new Entry(type, true, Map.of());
        Socket socket = entry.connect();
        socket.getOutputStream().write(NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(1)));
        NettyWireTest.read(socket, 6);

        socket.close();

        NettyWireTest.until("the end is told", () -> entry.door.reasons.equals(List.of(reason)));
        assertThat(entry.door.wires.get(0).certificate() != null).isEqualTo(type.isEncrypted());
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
