// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.netty.buffer.ByteBufAllocator;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Makes the engines of connections, all with the same certificates. Sessions and tickets belong to it: with another one
 * nobody resumes what was agreed under old certificates or lists. Callable from any thread.
 */
sealed interface Engines extends AutoCloseable permits JdkEngines, OpenSslEngines {
    /** Those of the configured provider. */
    static Engines of(TlsSettings settings, List<Identity> identities, ClientTrust trust) throws TlsException {
        return switch (settings.sslProvider()) {
            case JDK -> new JdkEngines(settings, identities, trust);
            case OPENSSL -> OpenSslEngines.open(settings, identities, trust);
            case AUTO -> best(settings, identities, trust);
        };
    }

    private static Engines best(TlsSettings settings, List<Identity> identities, ClientTrust trust) {
        try {
            return OpenSslEngines.open(settings, identities, trust);
        } catch (TlsException e) {
            LoggerFactory.getLogger(Engines.class).info("TLS is done by the JDK's engine: {}", e.sentence());
            return new JdkEngines(settings, identities, trust);
        }
    }

    /** An engine for a new connection; null when these engines were closed. */
    @Nullable
    SSLEngine newEngine(ByteBufAllocator allocator);

    /**
     * Whether an engine's handshake has gone on with a session of before.
     *
     * @param began when the first byte of the connection came, in milliseconds since 1970
     */
    boolean isResumed(SSLEngine engine, long began);

    /** Does what is to be done from time to time. */
    void look(Instant now);

    /** Makes no more engines; those that were made are not touched. */
    @Override
    void close();
}
