// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.frontdoor;

import static io.marquetry.itests.frontdoor.FrontDoor.Type.WS;
import static org.assertj.core.api.Assertions.assertThat;

import io.marquetry.itests.frontdoor.RawWebSocket.Frame;
import io.marquetry.itests.support.OnlyMarquetry;
import io.marquetry.itests.support.Patience;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** WebSocket byte by byte: packets across frames, frames with several packets, and everything that is not allowed. */
@OnlyMarquetry
class WebSocketIT {
    private static final int BINARY = 0x82;
    private static final int BINARY_PART = 0x02;
    private static final int LAST_PART = 0x80;
    private static final int TEXT = 0x81;
    private static final int PING = 0x89;
    private static final byte[] CONNECT = {0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 2, 'w', 's'};
    private static final byte[] PINGREQ = {(byte) 0xC0, 0};

    private static FrontDoor door;

    @BeforeAll
    static void start() {
        door = FrontDoor.builder().listener(WS, "MAX_FRAME_BYTES=10000").start();
    }

    @AfterAll
    static void stop() {
        door.close();
    }

    /** The bytes of the next binary frames, at least so many; [MQTT-6.0.0-1]: the broker sends nothing but binary. */
    private static byte[] bytes(RawWebSocket socket, int count) throws IOException {
        byte[] all = {};
        while (all.length < count) {
            Frame frame = socket.next().orElseThrow();
            assertThat(frame.opcode()).isIn(0, 2);
            int before = all.length;
            all = Arrays.copyOf(all, before + frame.payload().length);
            System.arraycopy(frame.payload(), 0, all, before, frame.payload().length);
        }
        return all;
    }

    @Test // [MQTT-6.0.0-2] [MQTT-6.0.0-4]
    void givenPacketInPieces_whenItsFramesArrive_thenItIsOnePacket() throws IOException {
        try (RawWebSocket socket = RawWebSocket.open(door.port(WS))) {
            assertThat(socket.response())
                    .startsWith("HTTP/1.1 101")
                    .containsIgnoringCase("sec-websocket-protocol: mqtt\r\n");

            for (byte b : CONNECT) {
                socket.send(BINARY, b);
            }

            assertThat(bytes(socket, 4)).containsExactly(0x20, 2, 0, 0);
        }
    }

    @Test
    void givenFragmentsWithAPingBetween_whenTheyArrive_thenBothAreAnswered() throws IOException {
        try (RawWebSocket socket = RawWebSocket.open(door.port(WS))) {
            socket.send(BINARY_PART, Arrays.copyOf(CONNECT, 5));
            socket.send(PING, (byte) 7);
            socket.send(LAST_PART, Arrays.copyOfRange(CONNECT, 5, CONNECT.length));

            Frame pong = socket.next().orElseThrow();

            assertThat(pong.opcode()).isEqualTo(10);
            assertThat(pong.payload()).containsExactly(7);
            assertThat(bytes(socket, 4)).containsExactly(0x20, 2, 0, 0);
        }
    }

    @Test
    void givenSeveralPacketsInAFrame_whenItArrives_thenAllAreAnswered() throws IOException {
        try (RawWebSocket socket = RawWebSocket.open(door.port(WS))) {
            byte[] together = Arrays.copyOf(CONNECT, CONNECT.length + 4);
            System.arraycopy(PINGREQ, 0, together, CONNECT.length, 2);
            System.arraycopy(PINGREQ, 0, together, CONNECT.length + 2, 2);

            socket.send(BINARY, together);

            assertThat(bytes(socket, 8)).containsExactly(0x20, 2, 0, 0, 0xD0, 0, 0xD0, 0);
        }
    }

    private static void assertClosed(RawWebSocket socket, int status, String reason, long before) throws IOException {
        Frame close = socket.next().orElseThrow();
        assertThat(close.opcode()).isEqualTo(8);
        assertThat(close.status()).isEqualTo(status);
        assertThat(socket.next()).isEmpty();
        Patience.until("one more " + reason, () -> door.ended("ws:default", reason) == before + 1);
    }

    @Test // [MQTT-6.0.0-1]
    void givenTextFrame_whenItArrives_thenClosedAsUnsupported() throws IOException {
        long before = door.ended("ws:default", "unexpected_ws_frame");
        try (RawWebSocket socket = RawWebSocket.open(door.port(WS))) {
            socket.send(TEXT, (byte) 'x');

            assertClosed(socket, 1003, "unexpected_ws_frame", before);
        }
    }

    @Test
    void givenFrameWithoutMask_whenItArrives_thenClosedAsAProtocolError() throws IOException {
        long before = door.ended("ws:default", "frame_error");
        try (RawWebSocket socket = RawWebSocket.open(door.port(WS))) {
            socket.sendRaw((byte) BINARY, (byte) 2, (byte) 0xC0, (byte) 0);

            assertClosed(socket, 1002, "frame_error", before);
        }
    }

    @Test
    void givenReservedBits_whenAFrameHasThem_thenClosedAsAProtocolError() throws IOException {
        long before = door.ended("ws:default", "frame_error");
        try (RawWebSocket socket = RawWebSocket.open(door.port(WS))) {
            socket.send(0xF2, CONNECT);

            assertClosed(socket, 1002, "frame_error", before);
        }
    }

    @Test
    void givenFrameThatIsTooLong_whenItsHeaderArrives_thenClosedAsTooBig() throws IOException {
        long before = door.ended("ws:default", "frame_too_large");
        try (RawWebSocket socket = RawWebSocket.open(door.port(WS))) {
            socket.send(BINARY, new byte[10_001]);

            assertClosed(socket, 1009, "frame_too_large", before);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/mqtt | Sec-WebSocket-Protocol: chat | 400",
                "/mqtt | X-None: none | 400",
                "/other | Sec-WebSocket-Protocol: mqtt | 404",
            })
    void givenWrongRequest_whenItAsksForTheUpgrade_thenRefusedWithAStatus(String path, String header, int status)
            throws IOException {
        long before = door.ended("ws:default", "ws_upgrade_refused");
        try (RawWebSocket socket = RawWebSocket.open(door.port(WS), path, header + "\r\n")) {

            assertThat(socket.response()).startsWith("HTTP/1.1 " + status);
        }
        Patience.until("one more", () -> door.ended("ws:default", "ws_upgrade_refused") == before + 1);
    }
}
