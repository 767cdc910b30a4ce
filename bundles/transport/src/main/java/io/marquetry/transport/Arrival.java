// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.transport.tls.Encryption;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketServerCompressionHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection on its way from accept to the broker: PROXY header, TLS, WebSocket, as its listener asks. Each is a
 * handler that takes itself out of the pipeline when it is done and calls the next. Used by the channel's loop only,
 * where nothing else is said.
 */
final class Arrival {
    /** What is waited for, and how a connection counts that lets us wait too long. */
    private enum Phase {
        PROXY_HEADER("proxy_protocol_timeout", "the PROXY header"),
        TLS("ssl_upgrade_timeout", "the TLS handshake"),
        WEB_SOCKET("idle_timeout", "the WebSocket upgrade");

        private final String timeout;
        private final String what;

        Phase(String timeout, String what) {
            this.timeout = timeout;
            this.what = what;
        }
    }

    /** How long a client may take to ask for its upgrade; as long as for its CONNECT, by default. */
    private static final int UPGRADE_SECONDS = 15;

    private static final int MAX_REQUEST_LINE = 4096;
    private static final int MAX_HEADERS = 8192;
    private static final int MAX_BODY = 1024;

    private final Connections connections;
    private final Channel channel;
    private final ListenerSettings settings;
    private final ReadBuffers buffers = new ReadBuffers();
    private final long since = System.nanoTime();
    private final ChannelFutureListener gone = closed -> gone();
    private Origin origin;
    private volatile @Nullable Phase phase;
    private volatile LongSupplier idle = this::age;
    private volatile boolean over;
    private @Nullable Future<?> timer;
    private boolean spoke;

    /** One that was let in; on the loop of the listening socket. */
    Arrival(Connections connections, Channel channel) {
        this.connections = connections;
        this.channel = channel;
        this.settings = connections.settings();
        this.origin = Origin.of(channel);
        this.phase = settings.proxy().protocol()
                ? Phase.PROXY_HEADER
                : connections.type().isEncrypted()
                        ? Phase.TLS
                        : connections.type().isWebSocket() ? Phase.WEB_SOCKET : null;
        if (phase != null) {
            connections.pending().add(this);
        }
    }

    Origin origin() {
        return origin;
    }

    ProxySettings proxy() {
        return settings.proxy();
    }

    /** For a listener that speaks it. */
    WebSocketSettings webSocket() {
        return Objects.requireNonNull(settings.webSocket());
    }

    /** Takes the first step, on the channel's loop. */
    void begin() {
        channel.config().setRecvByteBufAllocator(buffers);
        if (phase == null) {
            buffers.into(open(Framing.NONE));
            return;
        }
        if (over) {
            closeNow();
            return;
        }
        channel.closeFuture().addListener(gone);
        WebSocketSettings web = settings.webSocket();
        if (connections.type().isEncrypted() || (web != null && web.compress())) {
            channel.pipeline().addLast(new Meter());
        }
        if (phase == Phase.PROXY_HEADER) {
            await(Phase.PROXY_HEADER, settings.proxy().timeoutSeconds());
            ProxyHeader.expect(channel.pipeline(), this);
        } else {
            encrypt();
        }
    }

    /** A proxy has told of its client, or of itself. */
    void introduced(@Nullable InetSocketAddress client, @Nullable PeerCertificate certificate) {
        Origin told = client == null ? origin : origin.from(client);
        origin = certificate == null ? told : told.with(certificate);
        if (settings.webSocket() != null && isProxy(origin)) {
            encrypt(); // one more that tells, by HTTP
        } else if (mayStay()) {
            encrypt();
        }
    }

    private boolean isProxy(Origin peer) {
        return peer.remote() != null && proxy().trusts(peer.remote().getAddress());
    }

    /** A client's address as an HTTP header tells; whether it may come from there. */
    boolean introducedByHeader(InetSocketAddress client) {
        origin = origin.from(client);
        return mayStay();
    }

    /** Whether this address, which was not known at accept, may come; one that may not is closed. */
    private boolean mayStay() {
        InetSocketAddress remote = origin.remote();
        if (remote == null) {
            return true;
        }
        InetAddress address = remote.getAddress();
        if (!settings.access().allows(address)) {
            refuse("access_denied", Admission.DENIED);
            return false;
        }
        if (!connections.population().enter(address, settings.limits().perAddress())) {
            refuse("max_connections_per_address", Admission.tooManyOfOne(settings));
            return false;
        }
        channel.closeFuture().addListener(closed -> connections.population().leave(address));
        return true;
    }

    private void encrypt() {
        if (!connections.type().isEncrypted()) {
            speakHttp();
            return;
        }
        await(Phase.TLS, 0); // the handler has a timeout of its own
        Encryption encryption = connections.encryption();
        SslHandler handler = encryption.newHandler(channel);
        idle = () -> encryption.idleNanos(handler);
        channel.pipeline().addLast(handler, new TlsHandshake(this, encryption));
    }

    /** The handshake is done. */
    void encrypted(@Nullable PeerCertificate certificate) {
        if (certificate != null) {
            origin = origin.with(certificate);
        }
        speakHttp();
    }

    private void speakHttp() {
        WebSocketSettings web = settings.webSocket();
        if (web == null) {
            opened(Framing.NONE);
            return;
        }
        await(Phase.WEB_SOCKET, UPGRADE_SECONDS);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(
                new HttpServerCodec(MAX_REQUEST_LINE, MAX_HEADERS, MAX_HEADERS), new HttpObjectAggregator(MAX_BODY));
        if (web.compress()) {
            pipeline.addLast(new WebSocketServerCompressionHandler(web.maxFrameBytes()));
        }
        pipeline.addLast(new WebSocketUpgrade(this));
    }

    /**
     * Everything is said: the broker takes over.
     *
     * @return the wire, or null when the connection was given up meanwhile
     */
    @Nullable
    NettyWire opened(Framing framing) {
        stopTimer();
        if (!connections.pending().remove(this)) {
            return null;
        }
        channel.closeFuture().removeListener(gone);
        NettyWire wire = open(framing);
        if (!connections.type().isEncrypted() && framing != Framing.MESSAGES) {
            buffers.into(wire);
        }
        return wire;
    }

    private NettyWire open(Framing framing) {
        NettyWire wire =
                new NettyWire(channel, connections, origin, framing, connections.ioOf(channel), connections::io);
        channel.pipeline().addLast(wire);
        wire.open(connections.door());
        return wire;
    }

    private void await(Phase next, int seconds) {
        stopTimer();
        phase = next;
        if (seconds > 0) {
            timer = channel.eventLoop().schedule(this::giveUp, seconds, TimeUnit.SECONDS);
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    /** The peer has sent something. */
    void spoke() {
        spoke = true;
    }

    /** How long it has been pending, in nanoseconds. */
    private long age() {
        return System.nanoTime() - since;
    }

    /** For how long it has waited for its peer, in nanoseconds; callable from any thread. */
    long idle() {
        return idle.getAsLong();
    }

    /** It takes too long; callable from any thread. */
    void giveUp() {
        Phase reached = phase;
        if (reached != null) {
            refuse(
                    reached.timeout,
                    "a connection has not finished " + reached.what + " after " + TimeUnit.NANOSECONDS.toSeconds(age())
                            + " s and is closed");
        }
    }

    void listenerCloses() {
        if (connections.pending().remove(this)) {
            connections.ended("shutting_down");
            closeNow();
        }
    }

    /** Closes the connection and counts it; callable from any thread, and again without effect. */
    void refuse(String reason, String sentence) {
        if (connections.pending().remove(this)) {
            connections.refused(reason, Objects.requireNonNullElse(origin.remote(), "?"), sentence);
            closeNow();
        }
    }

    /** Counts the connection as refused; the caller has something to say to the peer and closes. */
    void refuseInWords(String reason, String sentence) {
        if (connections.pending().remove(this)) {
            stopTimer();
            connections.refused(reason, Objects.requireNonNullElse(origin.remote(), "?"), sentence);
        }
    }

    /** Closes past TLS, which would wait for the peer. */
    private void closeNow() {
        over = true;
        if (channel.isRegistered()) {
            channel.eventLoop().execute(() -> channel.unsafe().close(channel.newPromise()));
        }
    }

    /** The peer has closed, or a handler had to. */
    private void gone() {
        stopTimer();
        if (phase == Phase.PROXY_HEADER && spoke) {
            refuse("proxy_protocol_error", "a connection ended without a whole PROXY header in front");
        } else if (connections.pending().remove(this)) {
            connections.ended(
                    phase == Phase.PROXY_HEADER
                            ? "tcp_closed"
                            : connections.type().closedReason());
        }
    }
}
