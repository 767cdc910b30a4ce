// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketClientCompressionHandler;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CompressionTest {
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final CompletableFuture<Void> upgraded = new CompletableFuture<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private MultiThreadIoEventLoopGroup clients;
    private Entry entry;
    private Channel client;

    @BeforeEach
    void connect() throws Exception {
        entry = new Entry(ListenerType.WS, true, Map.of("compress", "true", "maxFrameBytes", "1MB"));
        clients = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        URI uri = URI.create("ws://127.0.0.1:" + entry.port() + "/mqtt");
        client = new Bootstrap()
                .group(clients)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpClientCodec(),
                                        new HttpObjectAggregator(8192),
                                        new WebSocketClientCompressionHandler(0),
                                        new WebSocketClientProtocolHandler(
                                                WebSocketClientHandshakerFactory.newHandshaker(
                                                        uri,
                                                        WebSocketVersion.V13,
                                                        "mqtt",
                                                        true,
                                                        new DefaultHttpHeaders(),
                                                        1 << 20),
                                                false),
                                        new Receiver());
                    }
                })
                .connect("127.0.0.1", entry.port())
                .sync()
                .channel();
        upgraded.get(20, TimeUnit.SECONDS);
    }

    private final class Receiver extends SimpleChannelInboundHandler<WebSocketFrame> {
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
                upgraded.complete(null);
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
            if (frame instanceof CloseWebSocketFrame close) {
                closed.complete(close.statusCode());
            } else {
                synchronized (received) {
                    byte[] bytes = new byte[frame.content().readableBytes()];
                    frame.content().readBytes(bytes);
                    received.writeBytes(bytes);
                }
            }
        }
    }

    @AfterEach
    void everythingIsReleased() throws Exception {
        client.close().sync();
        clients.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        entry.close();
    }

    private int size() {
        synchronized (received) {
            return received.size();
        }
    }

    @Test
    void givenClientThatCompresses_whenPacketsPauseAndMove_thenTheyComeBackInFewerBytes() throws Exception {
        byte[] bytes = NettyWireTest.concat(
                NettyWireTest.frame(EchoDoor.MOVE, new byte[50]),
                NettyWireTest.frame(EchoDoor.PAUSE, NettyWireTest.body(50)),
                NettyWireTest.frame(EchoDoor.SHARED, new byte[200_000]),
                NettyWireTest.frame(EchoDoor.CLOSE, new byte[100_000]));

        client.writeAndFlush(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(bytes)));

        NettyWireTest.until("all comes back", () -> size() == bytes.length);
        synchronized (received) {
            assertThat(received.toByteArray()).isEqualTo(bytes);
        }
        assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1000);
        assertThat(entry.door.wires.get(0).sentBytes()).isLessThan(10_000);
    }

    @Test
    void givenTextFrame_whenItComes_thenItIsClosedInWords() throws Exception {
        client.writeAndFlush(new TextWebSocketFrame("hello"));

        assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1003);
        NettyWireTest.until("the end is told", () -> entry.door.reasons.equals(List.of("unexpected_ws_frame")));
    }

    @Test
    void givenFrameThatUnpacksToTooMuch_whenItComes_thenItIsClosed() throws Exception {
        client.writeAndFlush(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(new byte[8 << 20])));

        NettyWireTest.until("the end is told", () -> entry.door.closed.get() == 1);
        assertThat(entry.door.bytesSeen.get()).isZero();
        assertThat(entry.door.reasons.get(0)).isIn("frame_error", "frame_too_large");
    }
}
