// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.transport.tls.TlsSettings.Verify;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What a listener shows and checks, as it was read from its files at one time. */
record Credentials(List<Identity> identities, ClientTrust trust, Engines engines) implements AutoCloseable {
    private static final Duration LONGEST_WARNING = Duration.ofDays(30);

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
        return new Credentials(List.copyOf(identities), trust, Engines.of(settings, identities, trust));
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
                } else if (end.isBefore(now.plus(warningOf(certificate)))) {
                    result.add("the certificate " + Identity.subject(certificate) + " expires at " + end + ", in "
                            + words(Duration.between(now, end)) + ": put a new one in its file");
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

    private static String words(Duration left) {
        return left.toDays() < 2 ? left.toHours() + " hours" : left.toDays() + " days";
    }

    /** How long before its end: a quarter of its life, so that one of a week does not warn from its first day on. */
    private static Duration warningOf(X509Certificate certificate) {
        Duration quarter = Duration.between(
                        certificate.getNotBefore().toInstant(),
                        certificate.getNotAfter().toInstant())
                .dividedBy(4);
        return quarter.compareTo(LONGEST_WARNING) < 0 ? quarter : LONGEST_WARNING;
    }

    /** New connections take others; those that are there are not touched. */
    @Override
    public void close() {
        engines.close();
    }
}
