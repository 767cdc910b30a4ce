// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;

/** One listening TCP socket. */
final class TcpListener implements AutoCloseable {
    /** Netty's own back-pressure signals are not used: the wire asks how much is pending. */
    private static final WriteBufferWaterMark NO_SIGNALS = new WriteBufferWaterMark(1 << 29, 1 << 30);

    private final Channel server;

    /**
     * Opens it.
     *
     * @param connections takes what connects
     * @throws Exception the system's, when the address cannot be bound
     */
    TcpListener(InetSocketAddress address, int backlog, Connections connections) throws Exception {
        EventLoop first = connections.door().loops().get(0).eventLoop();
        EventLoopGroup group = first.parent();
        boolean epoll = first instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
        Class<? extends ServerChannel> type = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        this.server = new ServerBootstrap()
                .group(group == null ? first : group)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, backlog)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, NO_SIGNALS)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.accept(channel);
                    }
                })
                .bind(address)
                .sync()
                .channel();
    }

    /** Where it listens. */
    InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /** Takes no new connections; those that are there stay. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
    }
}
