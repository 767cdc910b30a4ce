// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;

/** One connection's TLS; remembers when its handshake began, and against what its client is checked. */
final class TlsHandler extends SslHandler {
    private final Credentials credentials;
    private final Tasks tasks;
    private long began;

    TlsHandler(SSLEngine engine, Channel channel, Credentials credentials) {
        this(engine, new Tasks(channel), credentials);
    }

    private TlsHandler(SSLEngine engine, Tasks tasks, Credentials credentials) {
        super(engine, tasks);
        this.credentials = credentials;
        this.tasks = tasks;
        handshakeFuture().addListener(done -> tasks.handshakeIsOver = true);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (began == 0) {
            began = System.currentTimeMillis();
        }
        super.channelRead(context, message);
    }

    boolean isResumed() {
        return credentials.engines().isResumed(engine(), began);
    }

    ClientTrust trust() {
        return credentials.trust();
    }

    /** For how long the peer, and not we, has had the next step to do, in nanoseconds; callable from any thread. */
    long idleNanos() {
        return tasks.idleNanos();
    }

    /**
     * Where an engine's slow work goes. It knows whether some of it waits or is being done: the engine would tell too,
     * but by a lock that is held while the work is done.
     */
    private static final class Tasks implements Executor {
        private final Channel channel;
        private final AtomicInteger open = new AtomicInteger();
        private volatile long idleSince = System.nanoTime();
        private volatile boolean handshakeIsOver;

        Tasks(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void execute(Runnable task) {
            if (handshakeIsOver) {
                // Only a client that wants to negotiate again comes here, and is refused, which costs nothing. The
                // channel may be on its way to another loop now: no other thread may have a part in it.
                task.run();
                return;
            }
            open.incrementAndGet();
            TlsThreads.forHandshakes().execute(() -> {
                try {
                    if (channel.isOpen()) { // who has gone while he waited costs nothing more
                        task.run();
                    }
                } finally {
                    idleSince = System.nanoTime();
                    open.decrementAndGet();
                }
            });
        }

        long idleNanos() {
            return open.get() > 0 ? 0 : System.nanoTime() - idleSince;
        }
    }
}
