// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.core.port.Tally;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Encryption by the JDK with one certificate. */
final class Tls implements Encryption {
    private final SslContext context;

    private Tls(SslContext context) {
        this.context = context;
    }

    static Tls open(String listener, TlsSettings settings, Path base, Tally tally) throws TlsException {
        if (settings.certificate().isEmpty()) {
            throw new TlsException("no certificate is configured");
        }
        try {
            return new Tls(SslContextBuilder.forServer(
                            base.resolve(settings.certificate()).toFile(),
                            base.resolve(settings.key()).toFile())
                    .build());
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsException(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    @Override
    public boolean isAuthenticating() {
        return false;
    }

    @Override
    public SslHandler newHandler(Channel channel) {
        return context.newHandler(channel.alloc());
    }

    @Override
    public @Nullable PeerCertificate finished(SslHandler handler) {
        return null;
    }

    @Override
    public String reasonOf(Throwable cause) {
        return "ssl_error";
    }

    @Override
    public void close() {
        // nothing is watched
    }
}
