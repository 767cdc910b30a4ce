// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Door;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Tally;
import io.marquetry.core.port.Terms;
import io.marquetry.transport.tls.Encryption;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that came by one listener. They outlive its socket, so that a listener can move to another address;
 * what the listener's settings say of them is in force at once.
 */
final class Connections implements Entrance, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final int GOODBYE_SECONDS = 5;
    private static final long LINGER_MILLIS = 1500;

    private final ListenerType type;
    private final String listener;
    private final Door door;
    private final Tally tally;
    private final List<LoopIo> ios = new ArrayList<>();
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Population population = new Population();
    private final Pending pending = new Pending();
    private final Complaints complaints;
    private volatile ListenerSettings settings;
    private volatile @Nullable Encryption encryption;

    /**
     * Nobody yet.
     *
     * @param listener {@code type:name}
     * @param encryption for the types that are encrypted
     */
    Connections(
            ListenerType type, String listener, Door door, ListenerSettings settings, @Nullable Encryption encryption) {
        this.type = type;
        this.listener = listener;
        this.door = door;
        this.tally = door.tally(listener);
        this.complaints = new Complaints(listener);
        this.settings = settings;
        this.encryption = encryption;
        door.loops().forEach(loop -> ios.add(new LoopIo(loop)));
    }

    ListenerType type() {
        return type;
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
        return settings.terms();
    }

    @Override
    public boolean isSheltered() {
        Encryption encrypting = encryption;
        return settings.address().getAddress().isLoopbackAddress()
                || (encrypting != null && encrypting.isAuthenticating());
    }

    ListenerSettings settings() {
        return settings;
    }

    /** For a listener whose type has one. */
    Encryption encryption() {
        return Objects.requireNonNull(encryption);
    }

    Population population() {
        return population;
    }

    Pending pending() {
        return pending;
    }

    /** New settings, and the encryption of new connections. */
    void adopt(ListenerSettings fresh, @Nullable Encryption encrypting) {
        settings = fresh;
        encryption = encrypting;
    }

    /**
     * Takes a connection that was let in; on the channel's loop.
     *
     * @param counted the address that it was counted under, or null while it is not known
     */
    void accept(Channel channel, Arrival arrival, @Nullable InetAddress counted) {
        channels.add(channel);
        channel.closeFuture().addListener(closed -> left(counted));
        arrival.begin();
    }

    /** One that was let in is gone. */
    void left(@Nullable InetAddress counted) {
        population.leave();
        if (counted != null) {
            population.leave(counted);
        }
    }

    /** One that was not let in is counted, and a line is written now and then. */
    void refused(String reason, Object peer, String sentence) {
        tally.countRefused(reason);
        complaints.say(reason, peer, sentence);
    }

    /** Counts one that ended before it became a wire, of which nothing needs to be said. */
    void ended(String reason) {
        tally.countRefused(reason);
    }

    LoopIo ioOf(Channel channel) {
        for (LoopIo candidate : ios) {
            if (candidate.loop().eventLoop() == channel.eventLoop()) {
                return candidate;
            }
        }
        return ios.get(0);
    }

    LoopIo io(Loop loop) {
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
        pending.closeAll();
        channels.newCloseFuture().awaitUninterruptibly(LINGER_MILLIS);
        channels.close().awaitUninterruptibly(5000);
        // The read buffers go once the loops have done with the channels.
        ios.forEach(io -> io.loop().execute(io::close));
    }
}
