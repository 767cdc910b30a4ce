// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.api.client.PeerCertificate;
import io.marquetry.transport.tls.Encryption;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.handler.ssl.SslProvider;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** TLS with a certificate that the JDK's keytool has made for this run. */
final class TestEncryption implements Encryption {
    private static final String PASSWORD = "changeit";
    private static final KeyManagerFactory KEYS = keys();
    private static final TrustManager ANYONE = new X509TrustManager() {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    };

    private final SslContext context;

    TestEncryption() {
        try {
            context = SslContextBuilder.forServer(KEYS)
                    .sslProvider(SslProvider.JDK)
                    .build();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyManagerFactory keys() {
        try {
            Path folder = Files.createTempDirectory("marquetry-tls");
            Path store = folder.resolve("keys.p12");
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-keyalg",
                            "EC",
                            "-groupname",
                            "secp256r1",
                            "-dname",
                            "CN=localhost",
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            PASSWORD,
                            "-keystore",
                            store.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new IllegalStateException("keytool of the JDK made no certificate: " + said);
            }
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, PASSWORD.toCharArray());
            }
            Files.delete(store);
            Files.delete(folder);
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keys, PASSWORD.toCharArray());
            return factory;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static SSLContext trusting() throws Exception {
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, new TrustManager[] {ANYONE}, null);
        return client;
    }

    /** A client's end over this socket, handshake done. */
    static Socket over(Socket socket) throws Exception {
        SSLSocket secure = (SSLSocket) trusting().getSocketFactory().createSocket(socket, "localhost", 0, true);
        secure.startHandshake();
        return secure;
    }

    @Override
    public boolean isAuthenticating() {
        return false;
    }

    @Override
    public SslHandler newHandler(Channel channel) {
        SslHandler handler = new Handler(context.newEngine(channel.alloc()));
        handler.setHandshakeTimeout(20, TimeUnit.SECONDS);
        return handler;
    }

    private static final class Handler extends SslHandler {
        private final long since = System.nanoTime();

        Handler(SSLEngine engine) {
            super(engine);
        }
    }

    /** Clients on a busy machine are slow: five seconds of theirs count as one. */
    @Override
    public long idleNanos(SslHandler handler) {
        return (System.nanoTime() - ((Handler) handler).since) / 5;
    }

    @Override
    public PeerCertificate finished(SslHandler handler) {
        return new PeerCertificate("of-tls", null);
    }

    @Override
    public String reasonOf(Throwable cause) {
        return cause instanceof SslHandshakeTimeoutException ? "ssl_upgrade_timeout" : "ssl_error";
    }

    @Override
    public void close() {}
}
