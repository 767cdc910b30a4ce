// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.core.port.Tally;
import io.marquetry.transport.tls.TlsSettings.Verify;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS with certificates from PEM files, by the JDK's engine or BoringSSL's. It looks at the files twice a second; when
 * they have changed and stand still, new connections get what is in them, and those that are there keep what they have.
 * Files that cannot be used change nothing, and a line says why.
 */
public final class Tls implements Encryption {
    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);
    private static final Duration BETWEEN_WARNINGS = Duration.ofDays(1);
    private static final Duration BETWEEN_CHECKS = Duration.ofMinutes(1);

    private final String listener;
    private final TlsSettings settings;
    private final Path base;
    private final Tally tally;
    private final Clock clock;
    private final FileWatch files;
    private volatile Credentials credentials;
    private Instant nextWarning = Instant.MIN;
    private @Nullable Future<?> looks;
    private boolean closed;

    /**
     * Reads the files, and makes a certificate when none is configured.
     *
     * @param listener its name, for the log
     * @param base the directory with {@code conf/} and {@code data/}; relative names of files start there
     * @param tally where handshakes are counted and the end of the certificate stands
     * @throws TlsException when there is something that cannot be used
     */
    public static Tls open(String listener, TlsSettings settings, Path base, Tally tally) throws TlsException {
        Tls tls = new Tls(listener, settings, base, tally, Clock.systemUTC());
        tls.looks = TlsThreads.lookRegularly(tls::look);
        return tls;
    }

    /** One that looks at its files only when it is told to. */
    Tls(String listener, TlsSettings configured, Path base, Tally tally, Clock clock) throws TlsException {
        this.listener = listener;
        this.base = base;
        this.tally = tally;
        this.clock = clock;
        if (configured.certFiles().isEmpty()) {
            SelfSigned selfSigned = new SelfSigned(base);
            selfSigned.ensure(clock.instant());
            this.settings = configured.withIdentity(selfSigned.certFile(), selfSigned.keyFile());
        } else {
            this.settings = configured;
        }
        this.files = new FileWatch(settings.files().map(base::resolve).toList());
        this.credentials = Credentials.read(settings, base);
        inForce();
    }

    /** Takes over what has changed in the files, and warns once a day of what ends. */
    synchronized void look() {
        if (closed) {
            return;
        }
        try {
            credentials.engines().look(clock.instant());
            if (files.look()) {
                Credentials old = credentials;
                credentials = Credentials.read(settings, base);
                old.close();
                inForce();
            } else if (!clock.instant().isBefore(nextWarning)) {
                warn();
            }
        } catch (TlsException e) {
            LOG.warn("{}; listener {} goes on with the certificates of before", e.sentence(), listener);
        } catch (RuntimeException e) {
            // Without this line the clock would stop looking, and tell nobody.
            LOG.error("the certificates of listener {} could not be looked at", listener, e);
        }
    }

    private void inForce() {
        for (Identity identity : credentials.identities()) {
            LOG.info("listener {} shows {}", listener, identity.title());
        }
        tally.set("certificate.expires_at", credentials.expiresAt().getEpochSecond());
        warn();
    }

    private void warn() {
        Instant now = clock.instant();
        List<String> warnings = credentials.warnings(now);
        warnings.forEach(sentence -> LOG.warn("listener {}: {}", listener, sentence));
        nextWarning = now.plus(warnings.isEmpty() ? BETWEEN_CHECKS : BETWEEN_WARNINGS);
    }

    @Override
    public boolean isAuthenticating() {
        return settings.verify() == Verify.REQUIRED;
    }

    @Override
    public SslHandler newHandler(Channel channel) {
        Credentials now = credentials;
        SSLEngine engine = now.engines().newEngine(channel.alloc());
        while (engine == null) {
            if (now == credentials) {
                throw new IllegalStateException("the TLS of listener " + listener + " is closed");
            }
            // They were replaced between the two lines above.
            now = credentials;
            engine = now.engines().newEngine(channel.alloc());
        }
        TlsHandler handler = new TlsHandler(engine, channel, now);
        handler.setHandshakeTimeout(settings.handshakeTimeoutSeconds(), TimeUnit.SECONDS);
        handler.handshakeFuture().addListener(done -> {
            if (!done.isSuccess()) {
                tally.add("handshakes.failed", 1);
            }
        });
        return handler;
    }

    @Override
    public long idleNanos(SslHandler handler) {
        return ((TlsHandler) handler).idleNanos();
    }

    @Override
    public @Nullable PeerCertificate finished(SslHandler handler) throws SSLException {
        TlsHandler ours = (TlsHandler) handler;
        boolean resumed = ours.isResumed();
        X509Certificate[] chain = chainOf(handler.engine());
        if (resumed) {
            try {
                ours.trust().checkResumed(chain, clock.instant());
            } catch (SSLException e) {
                tally.add("handshakes.failed", 1);
                throw e;
            }
        }
        tally.add(resumed ? "handshakes.resumed" : "handshakes.full", 1);
        return chain.length == 0 ? null : Identity.peer(chain[0]);
    }

    private X509Certificate[] chainOf(SSLEngine engine) {
        if (settings.verify() == Verify.NONE) {
            return new X509Certificate[0];
        }
        try {
            return Stream.of(engine.getSession().getPeerCertificates())
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
        } catch (SSLPeerUnverifiedException e) {
            return new X509Certificate[0]; // it was asked, and had none
        }
    }

    @Override
    public String reasonOf(Throwable cause) {
        return TlsReasons.of(cause);
    }

    @Override
    public synchronized void close() {
        if (looks != null) {
            looks.cancel(false);
        }
        if (!closed) {
            closed = true;
            credentials.close();
        }
    }
}
