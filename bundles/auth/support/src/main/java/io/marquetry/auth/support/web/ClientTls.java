// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support.web;

import io.marquetry.auth.support.InstanceKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Whom an extension trusts over TLS, and as whom it presents itself. The name of the server is always checked. */
public final class ClientTls {
    private static final char[] NO_PASSWORD = {};

    private ClientTls() {}

    /**
     * Reads {@code caFile}, {@code certFile} and {@code keyFile}; problems stay in {@code keys}.
     *
     * @return null when none is set: the authorities of the JVM are trusted, and no certificate is presented
     */
    public static @Nullable SSLContext read(InstanceKeys keys) {
        Path ca = keys.file("caFile");
        Path certificate = keys.file("certFile");
        Path key = keys.file("keyFile");
        if ((certificate == null) != (key == null)) {
            keys.keys()
                    .problem(
                            certificate == null ? "certFile" : "keyFile",
                            "",
                            "a PEM file: certFile and keyFile go together");
            return null;
        }
        if (ca == null && certificate == null) {
            return null;
        }
        TrustManager @Nullable [] trust =
                ca == null ? null : keys.parse("caFile", ca.toString(), text -> authorities(ca));
        KeyManager @Nullable [] own = certificate == null || key == null
                ? null
                : keys.parse("certFile", certificate.toString(), text -> identity(certificate, key));
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no TLS", e);
        }
    }

    private static TrustManager[] authorities(Path file) {
        try {
            KeyStore store = empty();
            int index = 0;
            for (X509Certificate certificate : Pem.certificates(file)) {
                store.setCertificateEntry("ca" + index++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("expected certificates of authorities (" + e.getMessage() + ")", e);
        }
    }

    private static KeyManager[] identity(Path certificate, Path key) {
        try {
            KeyStore store = empty();
            List<X509Certificate> chain = Pem.certificates(certificate);
            store.setKeyEntry("own", Pem.privateKey(key), NO_PASSWORD, chain.toArray(X509Certificate[]::new));
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "expected a certificate that belongs to keyFile (" + e.getMessage() + ")", e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
