// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Counts what encryption or compression makes of a wire's bytes; nearest to the socket. */
final class Meter extends ChannelOutboundHandlerAdapter {
    private @Nullable ChannelHandlerContext context;
    private long bytes;

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void write(ChannelHandlerContext on, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf buffer) {
            bytes += buffer.readableBytes();
        }
        on.write(message, promise);
    }

    long bytes() {
        return bytes;
    }

    /** To write past all that encrypts or compresses. */
    ChannelHandlerContext below() {
        return Objects.requireNonNull(context);
    }
}
