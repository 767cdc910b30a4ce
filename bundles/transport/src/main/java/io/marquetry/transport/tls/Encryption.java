// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.api.client.PeerCertificate;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** How the connections of one listener are encrypted. Callable from any thread. */
public interface Encryption extends AutoCloseable {
    /** Whether nobody comes by without a certificate that was checked. */
    boolean isAuthenticating();

    /** A handler for a new connection, with the certificates and the time for a handshake that are in force now. */
    SslHandler newHandler(Channel channel);

    /**
     * For how long a handshake has waited for its peer, in nanoseconds; 0 while it waits for our CPU. A peer that sends
     * a byte now and then is as idle as one that sends none.
     */
    long idleNanos(SslHandler handler);

    /**
     * A handshake has succeeded; counts it.
     *
     * @return the client's certificate, or null when it presented none
     * @throws SSLException when the certificate must not be accepted although the handshake went well, for example
     *     since it has expired while its session was kept
     */
    @Nullable
    PeerCertificate finished(SslHandler handler) throws SSLException;

    /**
     * The name under which a connection counts whose handshake failed.
     *
     * @param cause what the handler reported
     */
    String reasonOf(Throwable cause);

    /** Looks after its files no more; connections go on. */
    @Override
    void close();
}
