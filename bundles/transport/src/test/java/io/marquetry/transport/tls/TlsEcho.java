// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.api.client.PeerCertificate;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** A server on a free port of 127.0.0.1 that sends back what it gets, and tells how each handshake ended. */
final class TlsEcho implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Channel server;

    TlsEcho(Encryption tls) {
        server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channels.add(channel);
                        SslHandler handler = tls.newHandler(channel);
                        channel.pipeline().addLast(handler, new Echo(tls, handler));
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** How the next handshake ended: {@code in}, with the client's common name behind it, or the name that counts. */
    String outcome() throws InterruptedException {
        String outcome = outcomes.poll(30, TimeUnit.SECONDS);
        if (outcome == null) {
            throw new AssertionError("no handshake has ended");
        }
        return outcome;
    }

    Throwable failure() throws InterruptedException {
        return failures.poll(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        channels.close().awaitUninterruptibly();
        // A handler leaves its pipeline, and gives back what it holds, two turns after its channel has closed.
        for (int i = 0; i < 3; i++) {
            loops.submit(() -> {}).syncUninterruptibly();
        }
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
    }

    private final class Echo extends ChannelInboundHandlerAdapter {
        private final Encryption tls;
        private final SslHandler handler;

        Echo(Encryption tls, SslHandler handler) {
            this.tls = tls;
            this.handler = handler;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (!(event instanceof SslHandshakeCompletionEvent completion)) {
                return;
            }
            try {
                if (!completion.isSuccess()) {
                    throw new SSLException(completion.cause());
                }
                PeerCertificate peer = tls.finished(handler);
                outcomes.add(peer == null ? "in" : "in " + peer.commonName() + " " + peer.subject());
            } catch (SSLException e) {
                failures.add(e);
                outcomes.add(tls.reasonOf(e));
                context.close();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.writeAndFlush(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // the completion event has told already
        }
    }
}
