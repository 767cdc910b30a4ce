// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketTest {
    private static final byte[] HELLO = NettyWireTest.frame(EchoDoor.ECHO, NettyWireTest.body(20));
    private Entry entry;

    @AfterEach
    void everythingIsReleased() throws Exception {
        entry.close();
    }

    private WebSocketPeer peer() throws Exception {
        return (WebSocketPeer) entry.connect();
    }

    // [MQTT-6.0.0-2]
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenPacketsAcrossFragments_whenControlFramesComeBetween_thenPacketsAreWholeAndPingsAnswered(boolean epoll)
            throws Exception {
        entry = new Entry(ListenerType.WS, epoll, Map.of());
        WebSocketPeer peer = peer();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(WebSocketPeer.frame(0x02, HELLO, 0, 7)); // fragments
        all.write(WebSocketPeer.frame(WebSocketPeer.PING, new byte[] {1, 2, 3}, 0, 3));
        all.write(WebSocketPeer.frame(0x00, HELLO, 7, 0));
        all.write(WebSocketPeer.frame(WebSocketPeer.PONG, new byte[0], 0, 0));
        all.write(WebSocketPeer.frame(0x80, HELLO, 7, HELLO.length - 7));
        byte[] two = NettyWireTest.concat(HELLO, HELLO); // two packets in one frame
        all.write(WebSocketPeer.frame(WebSocketPeer.BINARY, two, 0, two.length));
        byte[] bytes = all.toByteArray();
        for (int cut = 0; cut < bytes.length; cut++) {
            peer.raw(java.util.Arrays.copyOfRange(bytes, 0, cut));
            peer.raw(java.util.Arrays.copyOfRange(bytes, cut, bytes.length));

            assertThat(NettyWireTest.read(peer, 3 * HELLO.length))
                    .as("cut at %d", cut)
                    .isEqualTo(NettyWireTest.concat(HELLO, HELLO, HELLO));
        }
        assertThat(peer.pongs)
                .hasSize(bytes.length)
                .allSatisfy(pong -> assertThat(pong).containsExactly(1, 2, 3));
    }

    @Test
    void givenManyPacketsInATurn_whenTheirAnswersLeave_thenTheyShareAFrame() throws Exception {
        entry = new Entry(ListenerType.WS, true, Map.of());
        WebSocketPeer peer = peer();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 50; i++) {
            all.write(WebSocketPeer.frame(WebSocketPeer.BINARY, HELLO, 0, HELLO.length));
        }

        peer.raw(all.toByteArray());

        NettyWireTest.read(peer, 50 * HELLO.length);
        assertThat(peer.frames).isLessThan(10);
    }

    @ParameterizedTest
    @CsvSource({
        "text,                 818100000000ff, 1003, unexpected_ws_frame",
        "not masked,           8205,           1002, frame_error",
        "reserved bit,         c280,           1002, frame_error",
        "reserved opcode,      8380,           1002, frame_error",
        "reserved control,     8b80,           1002, frame_error",
        "long ping,            89fe,           1002, frame_error",
        "ping in fragments,    0980,           1002, frame_error",
        "nothing to continue,  808000000000,   1002, frame_error",
        "negative length,      82ff800000000000000000000000, 1002, frame_error",
        "too long,             82ff000000000001000100000000, 1009, frame_too_large",
        "half a status,        88810000000001, 1002, frame_error",
    })
    void givenFrameAgainstTheRules_whenItComes_thenWhatWasBeforeCountsAndItIsClosedInWords(
            String what, String hex, int status, String reason) throws Exception {
        entry = new Entry(ListenerType.WS, true, Map.of("maxFrameBytes", "64KB"));
        WebSocketPeer peer = peer();

        peer.raw(NettyWireTest.concat(
                WebSocketPeer.frame(WebSocketPeer.BINARY, HELLO, 0, HELLO.length),
                HexFormat.of().parseHex(hex)));

        NettyWireTest.until("it is closed", () -> entry.door.reasons.equals(List.of(reason)));
        assertThat(entry.door.bytesSeen.get()).isEqualTo(HELLO.length);
        peer.getInputStream().readAllBytes();
        assertThat(peer.closeStatus).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"WS", "WSS"})
    void givenCloseFrame_whenItComes_thenItIsEchoedBehindTheAnswers(ListenerType type) throws Exception {
        entry = new Entry(type, true, Map.of());
        WebSocketPeer peer = peer();
        peer.send(WebSocketPeer.BINARY, HELLO);
        NettyWireTest.read(peer, HELLO.length);

        peer.send(WebSocketPeer.CLOSE, new byte[] {0x0f, (byte) 0xa1});

        assertThat(peer.getInputStream().read()).isEqualTo(-1);
        assertThat(peer.closeStatus).isEqualTo(4001);
        NettyWireTest.until("the end is told", () -> entry.door.reasons.equals(List.of(type.closedReason())));
    }

    @ParameterizedTest
    @CsvSource({
        "GET /other HTTP/1.1,  ,                                        404",
        "POST /mqtt HTTP/1.1,  ,                                        405",
        "GET /mqtt HTTP/1.1,   Sec-WebSocket-Protocol: amqp,            400",
        "GET /mqtt HTTP/1.1,   ,                                        400",
        "GET /mqtt HTTP/1.1,   Origin: https://evil.example,            403",
        "nonsense,             ,                                        400",
    })
    void givenRequestThatIsNotOurs_whenAnswered_thenStatusAndSentenceSayWhy(String line, String header, int status)
            throws Exception {
        entry = new Entry(ListenerType.WS, true, Map.of("checkOrigins", "https://good.example"));
        WebSocketPeer peer = new WebSocketPeer(entry.raw());
        String request = WebSocketPeer.request("/mqtt", header == null ? "" : header + "\r\n");

        String answer = peer.ask(line + request.substring(request.indexOf("\r\n")));

        assertThat(answer).startsWith("HTTP/1.1 " + status);
        assertThat(entry.refused()).containsEntry("ws_upgrade_refused", 1L);
    }

    @Test
    void givenHeadersWithoutEnd_whenTheyAreTooLong_thenTheyAreRefused() throws Exception {
        entry = new Entry(ListenerType.WS, true, Map.of());
        WebSocketPeer peer = new WebSocketPeer(entry.raw());

        String answer = peer.ask(WebSocketPeer.request("/mqtt", "X-Long: " + "x".repeat(20_000) + "\r\n"));

        assertThat(answer).startsWith("HTTP/1.1 431");
    }

    @Test
    void givenPageOfAllowedOriginAndBytesBehindTheRequest_whenUpgraded_thenNoneIsLost() throws Exception {
        entry = new Entry(
                ListenerType.WS, true, Map.of("checkOrigins", "https://good.example", "allowOriginAbsence", "false"));
        WebSocketPeer peer = new WebSocketPeer(entry.raw());
        String request = WebSocketPeer.request(
                "/mqtt?x=1", "Origin: https://GOOD.example\r\nSec-WebSocket-Protocol: amqp, mqttv3.1\r\n");
        peer.raw(NettyWireTest.concat(
                request.getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                WebSocketPeer.frame(WebSocketPeer.BINARY, HELLO, 0, HELLO.length)));

        assertThat(peer.ask("")).startsWith("HTTP/1.1 101").contains("mqttv3.1");
        assertThat(NettyWireTest.read(peer, HELLO.length)).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void givenRealClient_whenItSpeaks_thenItIsEchoedAndClosed(boolean compress) throws Exception {
        entry = new Entry(ListenerType.WS, true, Map.of("compress", String.valueOf(compress)));
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        WebSocket client = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .subprotocols("mqtt")
                .buildAsync(URI.create("ws://127.0.0.1:" + entry.port() + "/mqtt"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
                        synchronized (received) {
                            byte[] bytes = new byte[data.remaining()];
                            data.get(bytes);
                            received.writeBytes(bytes);
                        }
                        socket.request(1);
                        return CompletableFuture.completedFuture(null);
                    }

                    @Override
                    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
                        closed.complete(status);
                        return CompletableFuture.completedFuture(null);
                    }
                })
                .get(20, TimeUnit.SECONDS);
        byte[] bytes = NettyWireTest.concat(
                NettyWireTest.frame(EchoDoor.SHARED, NettyWireTest.body(300_000)),
                NettyWireTest.frame(EchoDoor.CLOSE, NettyWireTest.body(70_000)));

        client.sendBinary(ByteBuffer.wrap(bytes), true).get(20, TimeUnit.SECONDS);

        assertThat(client.getSubprotocol()).isEqualTo("mqtt");
        assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1000);
        synchronized (received) {
            assertThat(received.toByteArray()).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, '203.0.113.9, 198.51.100.7', 198.51.100.7",
        "'127.0.0.1, 198.51.100.0/24', '203.0.113.9, 198.51.100.7', 203.0.113.9",
        "'127.0.0.1, 198.51.100.0/24', '198.51.100.9', 198.51.100.9",
        "127.0.0.1, 'unknown, [2001:db8::1]:99', 2001:db8:0:0:0:0:0:1",
        "127.0.0.1, 'nobody', 127.0.0.1",
        "10.0.0.0/8, '203.0.113.9', 127.0.0.1",
        "'', '203.0.113.9', 127.0.0.1",
    })
    void givenForwardedFor_whenTheProxyIsTrustedOrNot_thenTheRightmostUntrustedAddressCounts(
            String trusted, String header, String expected) throws Exception {
        entry = new Entry(ListenerType.WS, true, Map.of("trustedProxies", trusted, "failIfNoSubprotocol", "false"));
        WebSocketPeer peer = new WebSocketPeer(entry.raw());

        assertThat(peer.ask(WebSocketPeer.request("/mqtt", "X-Forwarded-For: " + header + "\r\n")))
                .startsWith("HTTP/1.1 101");

        NettyWireTest.until("it is open", () -> entry.door.opened.get() == 1);
        assertThat(entry.door.wires.get(0).remoteAddress().getAddress().getHostAddress())
                .isEqualTo(expected);
    }

    @Test
    void givenPingsWithoutEnd_whenTheirAnswersAreNotRead_thenLittlePilesUp() throws Exception {
        entry = new Entry(ListenerType.WS, true, Map.of());
        Socket raw = entry.raw();
        WebSocketPeer peer = (WebSocketPeer) entry.connect(raw);
        byte[] pings = new byte[131 * 1000];
        for (int i = 0; i < 1000; i++) {
            System.arraycopy(WebSocketPeer.frame(WebSocketPeer.PING, new byte[125], 0, 125), 0, pings, i * 131, 131);
        }

        for (int i = 0; i < 200; i++) {
            peer.raw(pings);
        }
        peer.send(WebSocketPeer.BINARY, HELLO);

        NettyWireTest.until("all is read", () -> entry.door.bytesSeen.get() == HELLO.length);
        assertThat(entry.door.mostPending.get()).isLessThan(200_000);
    }
}
