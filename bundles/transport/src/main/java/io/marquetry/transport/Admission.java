// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Loop;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets connections in, or not, before anything is spent on them. The handler of a listening socket, on whose loop all
 * of it happens.
 *
 * <p>Who comes from a wrong place or is one too many is closed. Who comes too fast is not: the socket is not asked for
 * more until there is room, and the kernel's backlog is the queue.
 */
final class Admission extends ChannelInboundHandlerAdapter {
    static final String DENIED = "accessRules deny its address, and the connection is closed";

    /** Netty's own back-pressure signals are not used: the wire asks how much is pending. */
    private static final WriteBufferWaterMark NO_SIGNALS = new WriteBufferWaterMark(1 << 29, 1 << 30);
    /** Who lets us wait longer gives his place to a newcomer when there is no other. Who waits for us keeps it. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How long nothing is accepted after the system could not. */
    private static final long FAILURE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Connections connections;
    private final List<Loop> loops;
    private int nextLoop;
    private Bucket bucket;
    private long failedUntil = System.nanoTime();
    private @Nullable ChannelHandlerContext server;
    private @Nullable Future<?> later;

    Admission(Connections connections) {
        this.connections = connections;
        this.loops = connections.door().loops();
        this.bucket = new Bucket(connections.settings().limits().rate(), System.nanoTime());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        server = context;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Channel child = (Channel) message;
        ListenerSettings settings = connections.settings();
        Object peer = Objects.requireNonNullElse(child.remoteAddress(), "?");
        InetAddress address = peer instanceof InetSocketAddress socket ? socket.getAddress() : null;
        boolean known = address != null && !tellsOfOthers(settings, address);
        if (mayCome(settings, peer, address, known)) {
            connections.population().enter();
            bucket.take(System.nanoTime());
            register(child, known ? address : null);
        } else {
            child.unsafe().closeForcibly();
        }
        reconsider();
    }

    /** Whether it is a proxy, whose client's address is not known yet. */
    private boolean tellsOfOthers(ListenerSettings settings, InetAddress address) {
        ProxySettings proxy = settings.proxy();
        return proxy.protocol() || (connections.type().isWebSocket() && proxy.trusts(address));
    }

    private boolean mayCome(ListenerSettings settings, Object peer, @Nullable InetAddress address, boolean known) {
        ProxySettings proxy = settings.proxy();
        Limits limits = settings.limits();
        if (known && address != null && !settings.access().allows(address)) {
            return refuse("access_denied", peer, DENIED);
        }
        if (proxy.protocol() && !proxy.trusted().isEmpty() && (address == null || !proxy.trusts(address))) {
            return refuse("access_denied", peer, "it is none of trustedProxies, and the connection is closed");
        }
        if (limits.connections() > 0 && connections.population().current() >= limits.connections()) {
            return refuse(
                    "max_connections",
                    peer,
                    "maxConnections = " + limits.connections() + " are there, and one more is closed");
        }
        if (known && address != null && !connections.population().enter(address, limits.perAddress())) {
            return refuse("max_connections_per_address", peer, tooManyOfOne(settings));
        }
        return true;
    }

    static String tooManyOfOne(ListenerSettings settings) {
        return "maxConnectionsPerAddress = " + settings.limits().perAddress()
                + " are there from its address, and one more is closed";
    }

    private boolean refuse(String reason, Object peer, String sentence) {
        connections.refused(reason, peer, sentence);
        return false;
    }

    private void register(Channel child, @Nullable InetAddress counted) {
        child.config().setOption(ChannelOption.TCP_NODELAY, true);
        child.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, NO_SIGNALS);
        Arrival arrival = new Arrival(connections, child);
        child.pipeline().addLast(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                connections.accept(channel, arrival, counted);
            }
        });
        Loop loop = loops.get(nextLoop++ % loops.size());
        loop.eventLoop().register(child).addListener(registered -> {
            if (!registered.isSuccess()) {
                connections.left(counted);
                arrival.refuse("internal_error", "a connection could not join a loop: " + registered.cause());
                child.unsafe().closeForcibly();
            }
        });
    }

    /** The system could not accept, most likely for want of file descriptors: it is not asked at once again. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        connections.refused(
                "accept_failed",
                "?",
                "the system cannot accept a connection, and is asked again in a second: " + cause.getMessage());
        failedUntil = System.nanoTime() + FAILURE_NANOS;
        reconsider();
    }

    /** Settings have changed; callable from any thread. */
    void settingsChanged() {
        ChannelHandlerContext context = server;
        if (context != null) {
            context.executor().execute(this::reconsider);
        }
    }

    /** Accepts more, or not yet. */
    private void reconsider() {
        ChannelHandlerContext context = server;
        if (context == null || !context.channel().isOpen()) {
            return;
        }
        long now = System.nanoTime();
        Limits limits = connections.settings().limits();
        if (!limits.rate().equals(bucket.rate())) {
            bucket = new Bucket(limits.rate(), now);
        }
        long wait = Math.max(failedUntil - now, Math.max(bucket.nanosUntilNext(now), untilRoom(limits)));
        if (later != null) {
            later.cancel(false);
            later = null;
        }
        if (wait > 0) {
            later = context.executor().schedule(this::reconsider, wait, TimeUnit.NANOSECONDS);
        }
        context.channel().config().setAutoRead(wait <= 0);
    }

    /** How long until one that is pending may have to give its place to another, in nanoseconds. */
    private long untilRoom(Limits limits) {
        while (connections.pending().isFull(limits.pending(), this::settingsChanged)) {
            Arrival idlest = connections.pending().idlest(PATIENCE_NANOS);
            if (idlest == null) {
                return 0;
            }
            long wait = PATIENCE_NANOS - idlest.idle();
            if (wait > 0) {
                return wait;
            }
            idlest.giveUp();
        }
        return 0;
    }
}
