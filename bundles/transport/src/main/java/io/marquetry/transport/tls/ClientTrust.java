// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CRL;
import java.security.cert.CRLException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;

/** Whom clients' certificates must come from, and which of them are revoked. */
record ClientTrust(List<X509Certificate> authorities, List<X509CRL> lists, int depth) {
    private static final String WHAT = "lists of revoked certificates (CRL) in PEM, or one in DER";

    /** Nobody is asked for a certificate. */
    static final ClientTrust NOBODY = new ClientTrust(List.of(), List.of(), 0);

    static List<X509CRL> readLists(Path file, List<X509Certificate> authorities) throws TlsException {
        byte[] bytes = Pem.bytes(file, WHAT);
        List<byte[]> contents = new ArrayList<>();
        for (Pem.Block block : Pem.blocks(file, bytes, WHAT)) {
            if (block.label().equals("X509 CRL")) {
                contents.add(block.content());
            }
        }
        if (contents.isEmpty()) {
            contents.add(bytes);
        }
        List<X509CRL> result = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (byte[] content : contents) {
                Collection<? extends CRL> read = factory.generateCRLs(new ByteArrayInputStream(content));
                read.forEach(list -> result.add((X509CRL) list));
            }
        } catch (CertificateException | CRLException e) {
            throw new TlsException(file + " has a list that cannot be read: expected " + WHAT, e);
        }
        if (result.isEmpty()) {
            throw new TlsException(file + " has no block BEGIN X509 CRL: expected " + WHAT);
        }
        for (X509CRL list : result) {
            checkSignature(file, list, authorities);
        }
        return result;
    }

    /** A list of one of our authorities is signed by it. That of an authority between is checked when it is needed. */
    private static void checkSignature(Path file, X509CRL list, List<X509Certificate> authorities) throws TlsException {
        List<PublicKey> keys = authorities.stream()
                .filter(authority -> authority.getSubjectX500Principal().equals(list.getIssuerX500Principal()))
                .map(X509Certificate::getPublicKey)
                .toList();
        for (PublicKey key : keys) {
            try {
                list.verify(key);
                return;
            } catch (GeneralSecurityException e) {
                // perhaps by another key of the same name
            }
        }
        if (!keys.isEmpty()) {
            throw new TlsException(file + " has a list of " + issuer(list) + " that is not signed by that authority in"
                    + " caFile: expected the authority's own list");
        }
    }

    /** What has gone out of date, a sentence each. */
    List<String> warnings(Instant now) {
        return lists.stream()
                .filter(list -> isExpired(list, now))
                .map(list -> "the list of revoked certificates of " + issuer(list) + " has expired at "
                        + list.getNextUpdate().toInstant() + ": clients with certificates of that authority are refused"
                        + " until crlFile has a new one")
                .toList();
    }

    private static boolean isExpired(X509CRL list, Instant now) {
        Date next = list.getNextUpdate();
        return next != null && next.toInstant().isBefore(now);
    }

    private static String issuer(X509CRL list) {
        return list.getIssuerX500Principal().getName(X500Principal.RFC2253);
    }

    /**
     * Checks again what a client showed when its session began: time goes on while a session is kept.
     *
     * @param chain the client's certificate and those that it sent with it
     */
    void checkResumed(X509Certificate[] chain, Instant now) throws SSLException {
        for (X509Certificate certificate : chain) {
            try {
                certificate.checkValidity(Date.from(now));
            } catch (CertificateException e) {
                throw new SSLException("the certificate of a resumed session is not valid now", e);
            }
            for (X509CRL list : lists) {
                if (isExpired(list, now)
                        && list.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())) {
                    throw new SSLException("whether the certificate of a resumed session is revoked is not known now");
                }
            }
        }
    }

    /** The JDK's own check: chain, times, extended key usage for clients, and lists; without any use of the network. */
    TrustManager[] trustManagers() throws GeneralSecurityException {
        if (authorities.isEmpty()) {
            return new TrustManager[] {new NoClients()};
        }
        Set<TrustAnchor> anchors = authorities.stream()
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toSet());
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
        parameters.setMaxPathLength(depth);
        parameters.addCertPathChecker(new PathDepth(depth));
        parameters.setRevocationEnabled(!lists.isEmpty());
        if (!lists.isEmpty()) {
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(parameters));
        return factory.getTrustManagers();
    }
}
