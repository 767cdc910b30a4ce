// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;

/** Between Netty's frames, which it has unpacked or packs, and a wire's bytes; for connections that are compressed. */
final class WebSocketMessages extends ChannelDuplexHandler {
    private static final int UNSUPPORTED = 1003;

    private final NettyWire wire;

    WebSocketMessages(NettyWire wire) {
        this.wire = wire;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof BinaryWebSocketFrame || message instanceof ContinuationWebSocketFrame) {
                wire.read(((WebSocketFrame) message).content());
            } else if (message instanceof PingWebSocketFrame ping) {
                if (wire.mayAnswer()) {
                    context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()), context.voidPromise());
                }
            } else if (message instanceof CloseWebSocketFrame close) {
                int status = close.statusCode();
                wire.peerClosed(status < 0 ? NettyWire.NORMAL_CLOSURE : status);
            } else if (!(message instanceof PongWebSocketFrame)) {
                wire.fail(UNSUPPORTED, "unexpected_ws_frame");
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        context.write(message instanceof ByteBuf bytes ? new BinaryWebSocketFrame(bytes) : message, promise);
    }
}
