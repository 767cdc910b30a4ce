// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.core.internal.loop.LoopThread;
import io.marquetry.core.port.Loop;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The event loops of the broker: epoll on Linux, NIO elsewhere. */
final class NettyLoops {
    private static final Logger LOG = LoggerFactory.getLogger(NettyLoops.class);

    private record NettyLoop(int index, EventLoop eventLoop) implements Loop {
        @Override
        public boolean inLoop() {
            return eventLoop.inEventLoop();
        }

        @Override
        public void execute(Runnable task) {
            eventLoop.execute(task);
        }

        @Override
        public void schedule(Runnable task, long delayMillis) {
            var unused = eventLoop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        }
    }

    private final MultiThreadIoEventLoopGroup group;
    private final List<Loop> loops = new ArrayList<>();

    NettyLoops(int count) {
        boolean epoll = Epoll.isAvailable();
        if (!epoll) {
            LOG.info(
                    "epoll is not available, NIO is used: {}",
                    Epoll.unavailabilityCause().toString());
        }
        IoHandlerFactory factory = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        AtomicInteger threads = new AtomicInteger();
        ThreadFactory ofLoops = task -> new LoopThread(threads.getAndIncrement(), task);
        group = new MultiThreadIoEventLoopGroup(count, ofLoops, factory);
        for (EventExecutor executor : group) {
            loops.add(new NettyLoop(loops.size(), (EventLoop) executor));
        }
    }

    List<Loop> loops() {
        return List.copyOf(loops);
    }

    /** Ends the loops after what they have to do; at most so many seconds. */
    void close(int seconds) {
        group.shutdownGracefully(0, seconds, TimeUnit.SECONDS).awaitUninterruptibly(seconds + 1L, TimeUnit.SECONDS);
    }
}
