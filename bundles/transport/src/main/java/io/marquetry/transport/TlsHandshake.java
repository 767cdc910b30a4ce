// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.transport.tls.Encryption;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.Objects;
import javax.net.ssl.SSLException;

/** Waits for a TLS handshake. */
final class TlsHandshake extends ChannelInboundHandlerAdapter {
    private final Arrival arrival;
    private final Encryption encryption;

    TlsHandshake(Arrival arrival, Encryption encryption) {
        this.arrival = arrival;
        this.encryption = encryption;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
            context.fireUserEventTriggered(event);
            return;
        }
        if (!handshake.isSuccess()) {
            failed(handshake.cause());
            return;
        }
        try {
            arrival.encrypted(encryption.finished(
                    Objects.requireNonNull(context.pipeline().get(SslHandler.class))));
        } catch (SSLException e) {
            failed(e);
            return;
        }
        context.pipeline().remove(this);
    }

    private void failed(Throwable cause) {
        Throwable root = cause; // BoringSSL's engine has one message of its own for all that others threw
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        arrival.refuse(
                encryption.reasonOf(cause),
                "a TLS handshake failed, and the connection is closed: "
                        + Objects.requireNonNullElse(root.getMessage(), root.toString()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failed(cause);
    }
}
