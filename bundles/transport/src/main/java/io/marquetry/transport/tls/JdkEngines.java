// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.transport.tls.TlsSettings.Verify;
import io.netty.buffer.ByteBufAllocator;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSessionContext;

/** The JDK's engines. */
final class JdkEngines implements Engines {
    private final TlsSettings settings;
    private final List<Identity> identities;
    private final ClientTrust trust;
    private final SSLContext shared;

    JdkEngines(TlsSettings settings, List<Identity> identities, ClientTrust trust) {
        this.settings = settings;
        this.identities = identities;
        this.trust = trust;
        this.shared = context();
    }

    private SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            Identities keys = new Identities(identities, settings.reuseSessions());
            context.init(new KeyManager[] {keys}, trust.trustManagers(), null);
            SSLSessionContext sessions = context.getServerSessionContext();
            sessions.setSessionCacheSize(settings.sessionCacheSize());
            sessions.setSessionTimeout(settings.sessionTimeoutSeconds());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no TLS", e);
        }
    }

    /**
     * The JDK cannot be told by context to keep no sessions: where none may be resumed, each connection gets a context
     * of its own, so that nobody else knows its identifiers and tickets.
     */
    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator) {
        SSLEngine engine = (settings.reuseSessions() ? shared : context()).createSSLEngine();
        engine.setUseClientMode(false);
        engine.setSSLParameters(parameters());
        return engine;
    }

    private SSLParameters parameters() {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(settings.versions().toArray(String[]::new));
        if (!settings.ciphers().isEmpty()) {
            parameters.setCipherSuites(settings.ciphers().toArray(String[]::new));
        }
        parameters.setUseCipherSuitesOrder(settings.honorCipherOrder());
        // Each of the two switches the other off.
        if (settings.verify() == Verify.REQUIRED) {
            parameters.setNeedClientAuth(true);
        } else {
            parameters.setWantClientAuth(settings.verify() == Verify.OPTIONAL);
        }
        return parameters;
    }

    /** Whether the session is older than the connection. The JDK's tickets keep its age too. */
    @Override
    public boolean isResumed(SSLEngine engine, long began) {
        return engine.getSession().getCreationTime() < began;
    }

    @Override
    public void look(Instant now) {
        // the JDK changes the keys of its tickets by itself
    }

    @Override
    public void close() {
        // the collector takes it
    }
}
