// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Door;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Terms;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that came by one listener. They outlive its socket, so that a listener can move to another address.
 */
final class Connections implements Entrance, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final int GOODBYE_SECONDS = 5;
    private static final long LINGER_MILLIS = 1500;

    private final String listener;
    private final Door door;
    private final List<LoopIo> ios = new ArrayList<>();
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    /** @param listener {@code tcp:NAME} */
    Connections(String listener, Door door) {
        this.listener = listener;
        this.door = door;
        door.loops().forEach(loop -> ios.add(new LoopIo(loop)));
    }

    Door door() {
        return door;
    }

    @Override
    public String listener() {
        return listener;
    }

    @Override
    public Terms terms() {
        return Terms.NONE;
    }

    /** Makes a new channel a wire of the broker; on the channel's loop. */
    void accept(Channel channel) {
        LoopIo io = ios.get(0);
        for (LoopIo candidate : ios) {
            if (candidate.loop().eventLoop() == channel.eventLoop()) {
                io = candidate;
            }
        }
        NettyWire wire = new NettyWire(channel, this, io, this::io);
        channel.config().setRecvByteBufAllocator(new ReadBuffers(wire));
        channel.pipeline().addLast(wire);
        channels.add(channel);
        wire.open(door);
    }

    private LoopIo io(Loop loop) {
        return ios.get(loop.index());
    }

    /** Says goodbye to every client, and closes what is left then. */
    @Override
    public void close() {
        try {
            door.endConnections(listener).toCompletableFuture().get(GOODBYE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("not every client of listener {} could be told goodbye", listener, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channels.newCloseFuture().awaitUninterruptibly(LINGER_MILLIS);
        channels.close().awaitUninterruptibly(5000);
        // The read buffers go once the loops have done with the channels.
        ios.forEach(io -> io.loop().execute(io::close));
    }
}
