// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.transport.tls.TlsSettings.Verify;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSessionContext;

/**
 * What a listener shows and checks, as it was read from its files at one time. Sessions and tickets belong to the
 * context: with another one nobody resumes what was agreed under old certificates or lists.
 */
record Credentials(TlsSettings settings, List<Identity> identities, ClientTrust trust, SSLContext shared) {
    private static final Duration WARNING = Duration.ofDays(30);

    /** Reads everything anew. */
    static Credentials read(TlsSettings settings, Path base) throws TlsException {
        List<Identity> identities = new ArrayList<>();
        for (int i = 0; i < settings.certFiles().size(); i++) {
            identities.add(Identity.read(
                    base.resolve(settings.certFiles().get(i)),
                    base.resolve(settings.keyFiles().get(i)),
                    settings.keyPassword()));
        }
        ClientTrust trust = trust(settings, base);
        return new Credentials(settings, List.copyOf(identities), trust, context(settings, identities, trust));
    }

    private static ClientTrust trust(TlsSettings settings, Path base) throws TlsException {
        String caFile = settings.caFile();
        if (settings.verify() == Verify.NONE || caFile == null) {
            return ClientTrust.NOBODY;
        }
        List<X509Certificate> authorities =
                Pem.certificates(base.resolve(caFile), "the certificates that client certificates come from, in PEM");
        String crlFile = settings.crlFile();
        List<X509CRL> lists = crlFile == null ? List.of() : ClientTrust.readLists(base.resolve(crlFile), authorities);
        return new ClientTrust(authorities, lists, settings.verifyDepth());
    }

    private static SSLContext context(TlsSettings settings, List<Identity> identities, ClientTrust trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    new KeyManager[] {new Identities(identities, settings.reuseSessions())},
                    trust.trustManagers(),
                    null);
            SSLSessionContext sessions = context.getServerSessionContext();
            sessions.setSessionCacheSize(settings.sessionCacheSize());
            sessions.setSessionTimeout(settings.sessionTimeoutSeconds());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no TLS", e);
        }
    }

    /**
     * The context for a connection. The JDK cannot be told by context to keep no sessions: where none may be resumed,
     * each connection gets a context of its own, so that nobody else knows its identifiers and tickets.
     */
    SSLContext context() {
        return settings.reuseSessions() ? shared : context(settings, identities, trust);
    }

    /** When the first of our certificates ends. */
    Instant expiresAt() {
        return ends().min(Comparator.naturalOrder()).orElse(Instant.MAX);
    }

    private Stream<Instant> ends() {
        return identities.stream()
                .flatMap(identity -> identity.chain().stream())
                .map(certificate -> certificate.getNotAfter().toInstant());
    }

    /** What has gone out of date or soon will, a sentence each. */
    List<String> warnings(Instant now) {
        List<String> result = new ArrayList<>(trust.warnings(now));
        for (Identity identity : identities) {
            for (X509Certificate certificate : identity.chain()) {
                Instant end = certificate.getNotAfter().toInstant();
                if (end.isBefore(now)) {
                    result.add("the certificate " + Identity.subject(certificate) + " has expired at " + end
                            + ": most clients refuse it; put a new one in its file");
                } else if (end.isBefore(now.plus(WARNING))) {
                    result.add("the certificate " + Identity.subject(certificate) + " expires at " + end + ", in "
                            + Duration.between(now, end).toDays() + " days: put a new one in its file");
                }
            }
        }
        for (X509Certificate authority : trust.authorities()) {
            if (authority.getNotAfter().toInstant().isBefore(now)) {
                result.add("the certificate " + Identity.subject(authority) + " in caFile has expired at "
                        + authority.getNotAfter().toInstant());
            }
        }
        return result;
    }
}
