// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

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
import java.util.concurrent.TimeUnit;

/** Real event loops for a test. */
final class SocketLoops implements AutoCloseable {
    private record SocketLoop(int index, EventLoop eventLoop) implements Loop {
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

    /** @param epoll whether to use epoll, where there is one */
    SocketLoops(int count, boolean epoll) {
        boolean linux = System.getProperty("os.name").equals("Linux");
        if (epoll && linux) {
            Epoll.ensureAvailability(); // a silent fall-back would leave epoll untested
        }
        IoHandlerFactory factory = epoll && linux ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        group = new MultiThreadIoEventLoopGroup(count, factory);
        for (EventExecutor executor : group) {
            loops.add(new SocketLoop(loops.size(), (EventLoop) executor));
        }
    }

    List<Loop> loops() {
        return List.copyOf(loops);
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
    }
}
