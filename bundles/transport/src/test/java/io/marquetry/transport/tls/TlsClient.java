// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** The JDK's client, which checks the server's certificate and host name. */
final class TlsClient {
    private final SSLContext context;
    private final List<String> versions;

    private TlsClient(SSLContext context, List<String> versions) {
        this.context = context;
        this.versions = versions;
    }

    /** @param trusted a PEM file */
    static TlsClient trusting(Path trusted) throws Exception {
        return new TlsClient(context(trusted, null, null), List.of("TLSv1.3", "TLSv1.2"));
    }

    static TlsClient showing(Path trusted, Path certificate, Path key) throws Exception {
        return new TlsClient(context(trusted, certificate, key), List.of("TLSv1.3", "TLSv1.2"));
    }

    TlsClient speaking(String... only) {
        return new TlsClient(context, List.of(only));
    }

    private static SSLContext context(Path trusted, Path certificate, Path key) throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        int number = 0;
        for (X509Certificate authority : Pem.certificates(trusted, "an authority")) {
            trust.setCertificateEntry("ca" + number++, authority);
        }
        TrustManagerFactory trusts = TrustManagerFactory.getInstance("PKIX");
        trusts.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                certificate == null ? null : keys(certificate, key).getKeyManagers(), trusts.getTrustManagers(), null);
        return context;
    }

    private static KeyManagerFactory keys(Path certificate, Path key)
            throws IOException, GeneralSecurityException, TlsException {
        Identity identity = Identity.read(certificate, key, "");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", identity.key(), new char[0], identity.chain().toArray(X509Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        return keys;
    }

    /** A connection whose handshake has succeeded; a host of null is not named to the server, and not checked. */
    SSLSocket connect(int port, String host) throws IOException {
        Socket plain = new Socket("127.0.0.1", port);
        SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(plain, host == null ? "127.0.0.1" : host, port, true);
        socket.setSoTimeout(30_000);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(versions.toArray(String[]::new));
        if (host != null) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            if (!Character.isDigit(host.charAt(0))) {
                parameters.setServerNames(List.of(new SNIHostName(host)));
            }
        }
        socket.setSSLParameters(parameters);
        try {
            socket.startHandshake();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    /** Sends a byte, and reads what comes back. With TLS 1.3 only this tells whether the server took us. */
    static int echo(SSLSocket socket, int octet) throws IOException {
        socket.getOutputStream().write(octet);
        return socket.getInputStream().read();
    }

    /** The subject of the certificate that the server shows to whom asks for this host; the byte takes tickets too. */
    String visit(int port, String host) throws IOException {
        try (SSLSocket socket = connect(port, host)) {
            if (echo(socket, 7) != 7) {
                throw new IOException("the server has closed");
            }
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }
}
