// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import io.marquetry.api.client.PeerCertificate;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.naming.NamingException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A certificate of ours with its key.
 *
 * @param names whom it is for: the host names of its subject alternative name, or else its common name; lower case
 */
record Identity(List<X509Certificate> chain, PrivateKey key, List<String> names) {
    private static final int DNS_NAME = 2;

    /** Reads both files and checks that they belong together. */
    static Identity read(Path certFile, Path keyFile, String password) throws TlsException {
        List<X509Certificate> chain =
                Pem.certificates(certFile, "a certificate in PEM, and behind it those that lead to its authority");
        PrivateKey key = PrivateKeys.read(keyFile, password);
        if (!belongTogether(chain.get(0), key)) {
            throw new TlsException("the key in " + keyFile + " does not belong to the first certificate in " + certFile
                    + " (" + subject(chain.get(0)) + "): expected a pair");
        }
        return new Identity(chain, key, names(certFile, chain.get(0)));
    }

    private static boolean belongTogether(X509Certificate certificate, PrivateKey key) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] probe = {1, 2, 3};
        try {
            Signature signature = Signature.getInstance(algorithm);
            if (algorithm.equals("RSASSA-PSS")) {
                signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            }
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // of two algorithms
        }
    }

    private static List<String> names(Path certFile, X509Certificate certificate) throws TlsException {
        List<String> result = new ArrayList<>();
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            for (List<?> name : all == null ? List.<List<?>>of() : all) {
                if (name.get(0).equals(DNS_NAME)) {
                    result.add(name.get(1).toString().toLowerCase(Locale.ROOT));
                }
            }
        } catch (CertificateParsingException e) {
            throw new TlsException(
                    certFile + " has a certificate whose subject alternative name cannot be read: expected host names"
                            + " such as DNS:broker.example.com",
                    e);
        }
        String commonName = commonName(certificate.getSubjectX500Principal());
        if (result.isEmpty() && commonName != null) {
            result.add(commonName.toLowerCase(Locale.ROOT));
        }
        return List.copyOf(result);
    }

    /** Whether it is for exactly this host, and not for many by a wildcard. */
    boolean names(String host) {
        return names.contains(host);
    }

    /** Whether it is for all hosts of this one's domain: {@code *.x.y} for {@code a.x.y}. */
    boolean covers(String host) {
        int dot = host.indexOf('.');
        return dot > 0 && names.contains("*" + host.substring(dot));
    }

    /** The certificate as an operator knows it. */
    String title() {
        X509Certificate leaf = chain.get(0);
        return subject(leaf) + ", serial " + leaf.getSerialNumber().toString(16) + ", valid until "
                + leaf.getNotAfter().toInstant();
    }

    static String subject(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
    }

    /** A client's certificate, for the broker. */
    static PeerCertificate peer(X509Certificate certificate) {
        return new PeerCertificate(commonName(certificate.getSubjectX500Principal()), subject(certificate));
    }

    private static @Nullable String commonName(X500Principal subject) {
        try {
            // The last one is the most specific, and the first in the order of LdapName's list from behind.
            List<Rdn> parts = new LdapName(subject.getName(X500Principal.RFC2253)).getRdns();
            for (int i = parts.size() - 1; i >= 0; i--) {
                var value = parts.get(i).toAttributes().get("CN");
                if (value != null && value.get() instanceof String name) {
                    return name;
                }
            }
            return null;
        } catch (NamingException e) {
            return null;
        }
    }
}
