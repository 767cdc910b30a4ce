// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;

/** One connection's TLS; remembers when its handshake began, and against what its client is checked. */
final class TlsHandler extends SslHandler {
    private final Credentials credentials;
    private long began;

    TlsHandler(SSLEngine engine, Channel channel, Credentials credentials) {
        this(engine, new Tasks(channel), credentials);
    }

    private TlsHandler(SSLEngine engine, Tasks tasks, Credentials credentials) {
        super(engine, tasks);
        this.credentials = credentials;
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

    /** Where an engine's slow work goes. */
    private static final class Tasks implements Executor {
        private final Channel channel;
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
            TlsThreads.forHandshakes().execute(() -> {
                if (channel.isOpen()) { // who has gone while he waited costs nothing more
                    task.run();
                }
            });
        }
    }
}
