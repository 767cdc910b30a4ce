// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.core.port.Door;
import io.marquetry.core.port.Entrance;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Netty channel as a {@link Wire}; the only class that knows both Netty's pipeline and the broker. It is the last
 * handler of its channel, and of a plain TCP connection the only one.
 *
 * <p>Reading: every socket of a loop that is not encrypted reads into the same buffer, and what is left of a packet
 * that is not complete is kept in one of its own size ({@link WireInput}). Writing: what is written in a turn leaves in
 * one system call when the turn ends ({@link WireOutput}).
 */
final class NettyWire extends ChannelInboundHandlerAdapter implements Wire {
    private static final Logger LOG = LoggerFactory.getLogger(NettyWire.class);
    /** How long a peer may take to read our last words. */
    private static final long LINGER_MILLIS = 1000;
    /** Of WebSocket: the purpose is fulfilled. */
    static final int NORMAL_CLOSURE = 1000;

    private final Channel channel;
    private final Entrance entrance;
    private final Origin origin;
    private final Function<Loop, LoopIo> ios;
    private final Framing framing;
    private final WireInput input = new WireInput();
    private final WireOutput output;
    private volatile LoopIo io;
    private @Nullable WireHandler handler;

    private boolean paused;
    private boolean closing;
    /** The peer has said goodbye, and what it sent before is to be taken first. */
    private boolean peerDone;

    /**
     * A wire on the loop where the channel is registered, behind the handlers that are in its pipeline already.
     *
     * @param ios finds what the wires of a loop share
     */
    NettyWire(
            Channel channel, Entrance entrance, Origin origin, Framing framing, LoopIo io, Function<Loop, LoopIo> ios) {
        this.channel = channel;
        this.entrance = entrance;
        this.origin = origin;
        this.framing = framing;
        this.io = io;
        this.ios = ios;
        this.output = new WireOutput(this, channel, framing);
    }

    void open(Door door) {
        handler = door.open(this);
    }

    boolean isOpen() {
        return handler != null;
    }

    @Override
    public Loop loop() {
        return io.loop();
    }

    @Override
    public Entrance entrance() {
        return entrance;
    }

    @Override
    public @Nullable InetSocketAddress remoteAddress() {
        return origin.remote();
    }

    @Override
    public @Nullable InetSocketAddress localAddress() {
        return origin.local();
    }

    @Override
    public @Nullable PeerCertificate certificate() {
        return origin.certificate();
    }

    // --- reading ---

    boolean isReading() {
        return !paused;
    }

    /** The buffer for the next read. */
    ByteBuf bufferToRead() {
        return framing == Framing.NONE
                ? input.bufferToRead(io, paused)
                : io.readBuffer().retain();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            read(in);
        } finally {
            in.release();
        }
    }

    /** Takes bytes of MQTT; the buffer stays the caller's. */
    void read(ByteBuf in) {
        ByteBuf all = input.join(io, in);
        try {
            take(all);
        } finally {
            all.release();
        }
    }

    private void take(ByteBuf in) {
        WireHandler end = handler;
        if (end == null) {
            return;
        }
        if (!paused) {
            end.onBytes(in);
        }
        if (handler != null) { // what was written meanwhile may have failed, which ends the connection at once
            input.keep(in, end);
        }
    }

    @Override
    public void pause() {
        paused = true;
        channel.config().setAutoRead(false);
    }

    @Override
    public void resume() {
        if (!paused) {
            return;
        }
        paused = false;
        loop().execute(() -> {
            if (paused || !channel.isActive()) {
                return;
            }
            ByteBuf before = input.kept();
            if (before != null) {
                try {
                    take(before);
                } finally {
                    before.release();
                }
            }
            if (paused) {
                return;
            }
            channel.config().setAutoRead(true);
            if (peerDone) {
                peerClosed(NORMAL_CLOSURE);
            }
        });
    }

    @Override
    public void moveTo(Loop target, Runnable arrived) {
        pause();
        output.flushTurn();
        // Netty leaves in a later turn, so that whoever decrypts or unpacks is done with this one's bytes.
        ChannelFuture left = channel.deregister();
        left.addListener(deregistered -> {
            if (!channel.isOpen()) {
                ended(closedReason(), null); // it has no loop any more that would tell
                return;
            }
            io = ios.apply(target);
            target.eventLoop().register(channel).addListener(registered -> {
                if (registered.isSuccess()) {
                    target.execute(arrived);
                } else {
                    if (channel.isOpen()) { // else its peer was faster, which is nothing to tell
                        LOG.warn(
                                "a connection could not move to its loop and is closed; listener={} peer={}",
                                entrance.listener(),
                                origin.remote(),
                                registered.cause());
                    }
                    channel.close();
                    // Without a loop the channel tells nobody that it is gone.
                    target.execute(() -> ended(closedReason(), registered.cause()));
                }
            });
        });
    }

    // --- writing ---

    @Override
    public ByteBuf output(int bytes) {
        return output.buffer(bytes);
    }

    @Override
    public void outputShared(ByteBuf bytes) {
        output.shared(bytes);
    }

    /** Answers a control frame, unless the peer asks for more answers than it takes. */
    void aside(ByteBuf frame) {
        if (mayAnswer()) {
            output.aside(frame);
        } else {
            frame.release();
        }
    }

    boolean mayAnswer() {
        return !closing && output.pendingBytes() <= LoopIo.READ_BYTES;
    }

    void dirty() {
        io.dirty(this);
    }

    void flushTurn() {
        output.flushTurn();
    }

    /** A turn's output, or a part of what waited, went to the kernel. */
    void flushed() {
        if (handler != null) {
            handler.onFlushed();
        }
    }

    @Override
    public long pendingBytes() {
        return output.pendingBytes();
    }

    @Override
    public long sentBytes() {
        return output.sentBytes();
    }

    // --- the end ---

    @Override
    public void close() {
        close(NORMAL_CLOSURE);
    }

    private void close(int status) {
        if (closing) {
            return;
        }
        closing = true;
        sayGoodbye(status);
        // The peer's bytes are read and thrown away until it closes too: a close with bytes unread would be a reset,
        // and a reset may take our last packet from it.
        paused = false;
        channel.config().setAutoRead(true);
        output.whenLeft().addListener(left -> {
            if (left.isSuccess() && channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            } else {
                closeNow();
            }
        });
        var unused = channel.eventLoop().schedule(this::closeNow, LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void sayGoodbye(int status) {
        Object goodbye = framing.goodbye(status);
        if (goodbye != null) {
            output.aside(goodbye);
        }
        output.flushAll();
        SslHandler ssl = channel.pipeline().get(SslHandler.class);
        if (ssl != null) {
            ssl.closeOutbound();
        }
    }

    @Override
    public void hangUp() {
        if (closing) {
            return;
        }
        sayGoodbye(NORMAL_CLOSURE);
        abort();
    }

    @Override
    public void abort() {
        closing = true;
        closeNow();
    }

    /** Closes the socket; TLS would first wait for a peer that may be stalled. */
    private void closeNow() {
        channel.unsafe().close(channel.newPromise());
    }

    /** The peer has said goodbye in words, of WebSocket or TLS; what it sent before may still wait. */
    void peerClosed(int status) {
        if (paused) {
            peerDone = true;
        } else if (!closing) {
            ended(closedReason(), null);
            close(status);
        }
    }

    /** The peer has broken the rules of what stands around MQTT. */
    void fail(int status, String reason) {
        if (!closing) {
            ended(reason, null);
            close(status);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == SslCloseCompletionEvent.SUCCESS) {
            peerClosed(NORMAL_CLOSURE);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ended(closedReason(), null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        boolean fromPeer = cause instanceof IOException || cause instanceof CodecException;
        if (!fromPeer) {
            LOG.error(
                    "a connection failed and is closed; listener={} peer={}",
                    entrance.listener(),
                    origin.remote(),
                    cause);
        }
        ended(reasonOf(cause), cause);
        closing = true;
        closeNow();
    }

    private String reasonOf(Throwable cause) {
        if (cause instanceof TooLongFrameException
                || (cause instanceof CorruptedWebSocketFrameException frame
                        && frame.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG))) {
            return "frame_too_large";
        }
        boolean undecodable = cause instanceof CodecException && !(cause.getCause() instanceof SSLException);
        return undecodable ? "frame_error" : closedReason();
    }

    private String closedReason() {
        return channel.pipeline().get(SslHandler.class) == null ? "tcp_closed" : "ssl_closed";
    }

    private void ended(String reason, @Nullable Throwable cause) {
        WireHandler end = handler;
        handler = null;
        if (end != null) {
            end.onClosed(reason, cause);
        }
        output.release();
        input.clear();
    }
}
