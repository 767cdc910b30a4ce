// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketServerCompressionHandler;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Turns an HTTP connection into a WebSocket, or answers why not. */
final class WebSocketUpgrade extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    /** How long a peer may take to read why it was refused. */
    private static final long LINGER_MILLIS = 1000;

    /** An answer that is no upgrade. */
    private record Refusal(HttpResponseStatus status, String sentence) {}

    private final Arrival arrival;
    private final WebSocketSettings settings;
    private boolean answered;

    WebSocketUpgrade(Arrival arrival) {
        this.arrival = arrival;
        this.settings = arrival.webSocket();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (answered) {
            return;
        }
        answered = true;
        String protocol = protocol(request.headers());
        Refusal refusal = refusal(request, protocol);
        if (refusal != null) {
            refuse(context, refusal);
            return;
        }
        InetSocketAddress client = ForwardedAddress.of(request.headers(), arrival.origin(), arrival.proxy());
        if (client == null || arrival.introducedByHeader(client)) {
            accept(context, request.headers(), protocol);
        }
    }

    private @Nullable Refusal refusal(FullHttpRequest request, @Nullable String protocol) {
        HttpHeaders headers = request.headers();
        if (!request.decoderResult().isSuccess()) {
            boolean tooLong = request.decoderResult().cause() instanceof TooLongFrameException;
            return tooLong
                    ? new Refusal(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request is too long.")
                    : new Refusal(HttpResponseStatus.BAD_REQUEST, "This is no HTTP request.");
        }
        if (!request.method().equals(HttpMethod.GET)) {
            return new Refusal(HttpResponseStatus.METHOD_NOT_ALLOWED, "Expected GET.");
        }
        String path = request.uri();
        int query = path.indexOf('?');
        if (!settings.path().equals(query < 0 ? path : path.substring(0, query))) {
            return new Refusal(
                    HttpResponseStatus.NOT_FOUND, "MQTT over WebSocket is spoken at " + settings.path() + ".");
        }
        if (!headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                || !headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            return new Refusal(HttpResponseStatus.UPGRADE_REQUIRED, "Expected an upgrade to WebSocket.");
        }
        if (!"13".equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            return new Refusal(HttpResponseStatus.UPGRADE_REQUIRED, "Expected Sec-WebSocket-Version: 13.");
        }
        if (!isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY))) {
            return new Refusal(HttpResponseStatus.BAD_REQUEST, "Expected a Sec-WebSocket-Key of 16 bytes.");
        }
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (origin == null
                ? !settings.allowsNoOrigin()
                : !settings.origins().isEmpty() && !settings.origins().contains(origin.toLowerCase(Locale.ROOT))) {
            return new Refusal(HttpResponseStatus.FORBIDDEN, "Pages of this origin may not connect.");
        }
        if (protocol == null && settings.needsSubprotocol()) {
            return new Refusal(
                    HttpResponseStatus.BAD_REQUEST,
                    "Expected a Sec-WebSocket-Protocol of: " + String.join(", ", settings.subprotocols()) + ".");
        }
        return null;
    }

    private static boolean isKey(@Nullable String key) {
        try {
            return key != null && Base64.getDecoder().decode(key.trim()).length == 16;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The first of the client's sub-protocols that is spoken here, or null. */
    private @Nullable String protocol(HttpHeaders headers) {
        for (String header : headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String word : header.split(",", -1)) {
                if (settings.subprotocols().contains(word.trim())) {
                    return word.trim();
                }
            }
        }
        return null;
    }

    private void accept(ChannelHandlerContext context, HttpHeaders request, @Nullable String protocol) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        response.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, acceptOf(request.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)));
        if (protocol != null) {
            response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        // Whoever compresses has heard of the answer before us, and has put itself into the pipeline.
        context.writeAndFlush(response).addListener(sent -> {
            if (sent.isSuccess()) {
                upgraded(context, response.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS));
            } else {
                context.close();
            }
        });
    }

    // [MQTT-6.0.0-1] and following: RFC 6455 says how the key is answered.
    private static String acceptOf(String key) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest((key.trim() + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    private void upgraded(ChannelHandlerContext context, boolean compressed) {
        ChannelPipeline pipeline = context.pipeline();
        NettyWire wire = arrival.opened(compressed ? Framing.MESSAGES : Framing.FRAMES);
        if (wire == null) {
            return;
        }
        ChannelHandlerContext behind = pipeline.context(wire);
        if (compressed) {
            String codec = pipeline.context(HttpServerCodec.class).name();
            WebSocketDecoderConfig config = WebSocketDecoderConfig.newBuilder()
                    .allowExtensions(true)
                    .maxFramePayloadLength(settings.maxFrameBytes())
                    .build();
            pipeline.addAfter(codec, null, new WebSocket13FrameEncoder(false));
            pipeline.addAfter(codec, null, new WebSocket13FrameDecoder(config));
            pipeline.addBefore(behind.name(), null, new WebSocketMessages(wire));
        } else {
            pipeline.addBefore(behind.name(), null, new WebSocketFrames(wire, settings.maxFrameBytes()));
            if (pipeline.get(WebSocketServerCompressionHandler.class) != null) {
                pipeline.remove(WebSocketServerCompressionHandler.class);
            }
        }
        pipeline.remove(HttpObjectAggregator.class);
        pipeline.remove(this);
        // Last: what the client has sent behind its request goes on from here.
        pipeline.remove(HttpServerCodec.class);
    }

    private void refuse(ChannelHandlerContext context, Refusal refusal) {
        arrival.refuseInWords(
                "ws_upgrade_refused", "a WebSocket upgrade is answered " + refusal.status + ": " + refusal.sentence);
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                refusal.status,
                Unpooled.copiedBuffer(refusal.sentence + "\n", StandardCharsets.UTF_8));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (refusal.status.equals(HttpResponseStatus.UPGRADE_REQUIRED)) {
            response.headers()
                    .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                    .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13");
        } else if (refusal.status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, HttpMethod.GET);
        }
        ChannelFuture sent = context.writeAndFlush(response);
        sent.addListener(ChannelFutureListener.CLOSE);
        var unused = context.executor()
                .schedule(
                        () -> context.channel().unsafe().close(context.newPromise()),
                        LINGER_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        arrival.refuse(
                "ws_upgrade_refused",
                "a connection failed before its WebSocket upgrade and is closed: " + cause.getMessage());
        context.close();
    }
}
