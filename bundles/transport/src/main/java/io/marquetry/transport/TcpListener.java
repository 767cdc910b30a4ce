// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Door;
import io.marquetry.core.port.Loop;
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
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listening TCP socket and the connections that came by it. */
final class TcpListener implements AutoCloseable {
    /** Netty's own back-pressure signals are not used: the wire asks how much is pending. */
    private static final WriteBufferWaterMark NO_SIGNALS = new WriteBufferWaterMark(1 << 29, 1 << 30);

    private static final Logger LOG = LoggerFactory.getLogger(TcpListener.class);
    private static final int GOODBYE_SECONDS = 5;
    private static final long LINGER_MILLIS = 1500;

    private final String name;
    private final Door door;
    private final List<LoopIo> ios = new ArrayList<>();
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Channel server;

    /**
     * Opens it.
     *
     * @param name {@code tcp:NAME}
     * @throws java.io.IOException or another exception of the system, when the address cannot be bound
     */
    TcpListener(String name, InetSocketAddress address, int backlog, Door door) throws Exception {
        this.name = name;
        this.door = door;
        door.loops().forEach(loop -> ios.add(new LoopIo(loop)));
        EventLoop first = door.loops().get(0).eventLoop();
        EventLoopGroup group = first.parent();
        boolean epoll = first instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
        Class<? extends ServerChannel> type = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group == null ? first : group)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, backlog)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, NO_SIGNALS)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                });
        try {
            this.server = bootstrap.bind(address).sync().channel();
        } catch (Throwable e) {
            releaseBuffers();
            throw e;
        }
    }

    private void accept(Channel channel) {
        LoopIo io = ios.get(0);
        for (LoopIo candidate : ios) {
            if (candidate.loop().eventLoop() == channel.eventLoop()) {
                io = candidate;
            }
        }
        NettyWire wire = new NettyWire(channel, name, io, this::io);
        channel.config().setRecvByteBufAllocator(new ReadBuffers(wire));
        channel.pipeline().addLast(wire);
        connections.add(channel);
        wire.open(door);
    }

    private LoopIo io(Loop loop) {
        return ios.get(loop.index());
    }

    /** Where it listens. */
    InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /** Takes no new connections; those that are there stay. */
    void stopAccepting() {
        server.close().awaitUninterruptibly();
    }

    /** Closes the socket, says goodbye to every client that came by it, and closes what is left then. */
    @Override
    public void close() {
        stopAccepting();
        try {
            door.endConnections(name).toCompletableFuture().get(GOODBYE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("not every client of listener {} could be told goodbye", name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connections.newCloseFuture().awaitUninterruptibly(LINGER_MILLIS);
        connections.close().awaitUninterruptibly(5000);
        releaseBuffers();
    }

    /** The read buffers go once the loops have done with the channels. */
    private void releaseBuffers() {
        ios.forEach(io -> io.loop().execute(io::close));
    }
}
