// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Loop;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.List;

/** One listening TCP socket. */
final class TcpListener implements AutoCloseable {
    private final ServerChannel server;
    private final Admission admission;

    /**
     * Opens it.
     *
     * @param connections takes what connects
     * @throws Exception the system's, when the address cannot be bound
     */
    TcpListener(InetSocketAddress address, int backlog, Connections connections) throws Exception {
        List<Loop> loops = connections.door().loops();
        // Not all listeners on one loop: what they refuse costs it time.
        EventLoop loop = loops.get(Math.floorMod(connections.listener().hashCode(), loops.size()))
                .eventLoop();
        boolean epoll = loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
        this.server = epoll ? new EpollServerSocketChannel() : new NioServerSocketChannel();
        this.admission = new Admission(connections);
        server.config().setOption(ChannelOption.SO_BACKLOG, backlog);
        server.config().setOption(ChannelOption.SO_REUSEADDR, true);
        server.pipeline().addLast(admission);
        loop.register(server).sync();
        try {
            server.bind(address).sync();
        } catch (Exception e) {
            server.close();
            throw e;
        }
    }

    /** Where it listens. */
    InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /** Limits may have changed. */
    void settingsChanged() {
        admission.settingsChanged();
    }

    /** Takes no new connections; those that are there stay. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
    }
}
