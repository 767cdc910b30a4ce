// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.transport.tls.TlsSettings.Verify;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import io.netty.internal.tcnative.SSL;
import io.netty.util.IllegalReferenceCountException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Engines of BoringSSL, by Netty's tcnative. Native memory is given back by counting: each engine holds on to the
 * context that made it until its handler leaves the pipeline.
 */
final class OpenSslEngines implements Engines {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final TlsSettings settings;
    private final ReferenceCountedOpenSslContext context;
    private @Nullable OpenSslSessionTicketKey ticketKey;
    private Instant nextTicketKey = Instant.MIN;

    private OpenSslEngines(TlsSettings settings, ReferenceCountedOpenSslContext context) {
        this.settings = settings;
        this.context = context;
    }

    static OpenSslEngines open(TlsSettings settings, List<Identity> identities, ClientTrust trust) throws TlsException {
        check(settings, identities);
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(keys(identities))
                    .sslProvider(SslProvider.OPENSSL_REFCNT)
                    .trustManager(trust.trustManagers()[0])
                    .clientAuth(clientAuth(settings.verify()))
                    .protocols(settings.versions())
                    .sessionCacheSize(settings.sessionCacheSize())
                    .sessionTimeout(settings.sessionTimeoutSeconds());
            // Those of TLS 1.3 cannot be chosen, and a list without any other would choose no certificate.
            if (!settings.ciphers().isEmpty() && settings.versions().contains("TLSv1.2")) {
                builder.ciphers(settings.ciphers());
            }
            OpenSslEngines engines = new OpenSslEngines(settings, (ReferenceCountedOpenSslContext) builder.build());
            engines.prepareSessions();
            return engines;
        } catch (SSLException | GeneralSecurityException e) {
            throw new TlsException(
                    "sslProvider = openssl cannot use these settings ("
                            + Objects.requireNonNullElse(e.getMessage(), e.toString()) + "): expected others, or"
                            + " sslProvider = jdk",
                    e);
        }
    }

    private static void check(TlsSettings settings, List<Identity> identities) throws TlsException {
        if (!OpenSsl.isAvailable()) {
            throw new TlsException(
                    "sslProvider = openssl cannot be used here, on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch") + " (" + rootOf(OpenSsl.unavailabilityCause())
                            + "): expected Linux with glibc on x86_64 or aarch64, or sslProvider = jdk",
                    OpenSsl.unavailabilityCause());
        }
        for (Identity identity : identities) {
            String algorithm = identity.key().getAlgorithm();
            if (!algorithm.equals("RSA") && !algorithm.equals("EC")) {
                throw new TlsException(
                        "the key of " + Identity.subject(identity.chain().get(0)) + " is one of " + algorithm
                                + ": with sslProvider = openssl expected one of RSA or of a NIST curve");
            }
        }
        if (settings.isChoiceOfVersion13()) {
            throw new TlsException("ciphers: expected " + TlsSettings.NO_CHOICE);
        }
        for (String cipher : settings.ciphers()) {
            if (!OpenSsl.isCipherSuiteAvailable(cipher)) {
                throw new TlsException(
                        "ciphers has " + cipher + ", which sslProvider = openssl does not know: expected "
                                + String.join(", ", OpenSsl.availableJavaCipherSuites()));
            }
        }
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** Aliases stay what they are, so keys are parsed once. Whether sessions are resumed is the context's affair. */
    private static OpenSslCachingX509KeyManagerFactory keys(List<Identity> identities) {
        return new OpenSslCachingX509KeyManagerFactory(new KeyManagerFactoryWrapper(new Identities(identities, true)));
    }

    private static ClientAuth clientAuth(Verify verify) {
        return switch (verify) {
            case NONE -> ClientAuth.NONE;
            case OPTIONAL -> ClientAuth.OPTIONAL;
            case REQUIRED -> ClientAuth.REQUIRE;
        };
    }

    private void prepareSessions() {
        if (settings.reuseSessions()) {
            look(Instant.now());
        } else {
            sessions().setSessionCacheEnabled(false);
        }
    }

    private OpenSslServerSessionContext sessions() {
        return (OpenSslServerSessionContext) context.sessionContext();
    }

    /**
     * Changes the key of tickets. BoringSSL asks in TLS 1.3 for no ticket's age but its own bound of two days, so a key
     * opens tickets for one session timeout: for half of it while it makes them, and for as long after that.
     */
    @Override
    public synchronized void look(Instant now) {
        if (!settings.reuseSessions() || now.isBefore(nextTicketKey)) {
            return;
        }
        OpenSslSessionTicketKey old = ticketKey;
        OpenSslSessionTicketKey fresh = new OpenSslSessionTicketKey(
                random(OpenSslSessionTicketKey.NAME_SIZE),
                random(OpenSslSessionTicketKey.HMAC_KEY_SIZE),
                random(OpenSslSessionTicketKey.AES_KEY_SIZE));
        if (old == null) {
            sessions().setTicketKeys(fresh);
        } else {
            sessions().setTicketKeys(fresh, old);
        }
        ticketKey = fresh;
        nextTicketKey = now.plus(Duration.ofMillis(settings.sessionTimeoutSeconds() * 500L));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    @Override
    public @Nullable SSLEngine newEngine(ByteBufAllocator allocator) {
        try {
            context.retain();
        } catch (IllegalReferenceCountException e) {
            return null;
        }
        try {
            ReferenceCountedOpenSslEngine engine = (ReferenceCountedOpenSslEngine) context.newEngine(allocator);
            if (!settings.reuseSessions()) {
                // Netty permits each engine of TLS 1.3 what its context does not.
                SSL.setOptions(engine.sslPointer(), SSL.SSL_OP_NO_TICKET);
            }
            if (!settings.honorCipherOrder()) {
                SSLParameters parameters = engine.getSSLParameters();
                parameters.setUseCipherSuitesOrder(false);
                engine.setSSLParameters(parameters);
            }
            return engine;
        } finally {
            context.release();
        }
    }

    /** As the library says: the times of its sessions are whole seconds, and would not tell. */
    @Override
    public boolean isResumed(SSLEngine engine, long began) {
        long pointer = ((ReferenceCountedOpenSslEngine) engine).sslPointer();
        return pointer != 0 && SSL.isSessionReused(pointer);
    }

    @Override
    public void close() {
        context.release();
    }
}
