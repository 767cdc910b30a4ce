// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.support.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.marquetry.auth.support.InstanceKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ClientTlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    private Path folder;

    private HttpsServer server;

    @AfterEach
    void end() {
        if (server != null) {
            server.stop(0);
        }
    }

    @Test
    void givenAuthorityOfTheServer_whenAsked_thenItAnswers() throws Exception {
        Issued own = issue("server", "ip:127.0.0.1");
        int port = serve(own, null);

        assertThat(ask(port, Map.of("caFile", own.certificate.toString()))).isEqualTo(204);
    }

    @Test
    void givenAnotherAuthority_whenAsked_thenTheServerIsNotTrusted() throws Exception {
        int port = serve(issue("server", "ip:127.0.0.1"), null);
        Issued other = issue("other", "ip:127.0.0.1");

        assertThatThrownBy(() -> ask(port, Map.of("caFile", other.certificate.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("certification path");
    }

    @Test
    void givenCertificateForAnotherName_whenAsked_thenTheServerIsNotTrusted() throws Exception {
        Issued own = issue("server", "dns:elsewhere.example");
        int port = serve(own, null);

        assertThatThrownBy(() -> ask(port, Map.of("caFile", own.certificate.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1");
    }

    @Test
    void givenServerThatWantsACertificate_whenAsked_thenOnlyWhoPresentsOneGetsAnAnswer() throws Exception {
        Issued own = issue("server", "ip:127.0.0.1");
        Issued client = issue("client", "dns:client");
        int port = serve(own, client);

        assertThat(ask(
                        port,
                        Map.of(
                                "caFile", own.certificate.toString(),
                                "certFile", client.certificate.toString(),
                                "keyFile", client.key.toString())))
                .isEqualTo(204);
        assertThatThrownBy(() -> ask(port, Map.of("caFile", own.certificate.toString())))
                .isInstanceOf(IOException.class);
    }

    @Test
    void givenFilesThatDoNotFit_whenRead_thenSentencesSayWhich() throws Exception {
        Issued own = issue("server", "ip:127.0.0.1");
        Path empty = Files.writeString(folder.resolve("empty.pem"), "nothing");

        assertThatThrownBy(() -> context(Map.of("caFile", empty.toString())))
                .hasMessageContaining("caFile")
                .hasMessageContaining("BEGIN CERTIFICATE");
        assertThatThrownBy(() -> context(Map.of("caFile", "/nowhere"))).hasMessageContaining("caFile = /nowhere");
        assertThatThrownBy(() -> context(Map.of("certFile", own.certificate.toString())))
                .hasMessageContaining("certFile and keyFile go together");
        assertThatThrownBy(() ->
                        context(Map.of("certFile", own.certificate.toString(), "keyFile", own.certificate.toString())))
                .hasMessageContaining("openssl pkcs8");
    }

    private record Issued(Path store, Path certificate, Path key) {}

    private Issued issue(String name, String alternative) throws Exception {
        Path store = folder.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "own",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=" + alternative,
                        "-ext",
                        "bc=ca:true",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        assertThat(new String(keytool.getInputStream().readAllBytes())).isNotNull();
        assertThat(keytool.waitFor()).isZero();
        KeyStore loaded = KeyStore.getInstance(store.toFile(), PASSWORD);
        Key key = loaded.getKey("own", PASSWORD);
        return new Issued(
                store,
                pem(name + ".crt", "CERTIFICATE", loaded.getCertificate("own").getEncoded()),
                pem(name + ".key", "PRIVATE KEY", key.getEncoded()));
    }

    private Path pem(String name, String label, byte[] der) throws IOException {
        return Files.writeString(
                folder.resolve(name),
                "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
                        + "-----\n");
    }

    private int serve(Issued own, Issued wanted) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(KeyStore.getInstance(own.store.toFile(), PASSWORD), PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        if (wanted != null) {
            trusted.setCertificateEntry(
                    "client",
                    KeyStore.getInstance(wanted.store.toFile(), PASSWORD).getCertificate("own"));
        }
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), wanted == null ? null : trust.getTrustManagers(), null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters tls = context.getDefaultSSLParameters();
                tls.setNeedClientAuth(wanted != null);
                parameters.setSSLParameters(tls);
            }
        });
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(204, -1);
            }
        });
        server.start();
        return server.getAddress().getPort();
    }

    private static SSLContext context(Map<String, String> files) {
        InstanceKeys keys = InstanceKeys.of(new HashMap<>(files), "test");
        SSLContext context = ClientTls.read(keys);
        keys.finish(LoggerFactory.getLogger(ClientTlsTest.class));
        return context;
    }

    private static int ask(int port, Map<String, String> files) throws Exception {
        WebClient.Limits limits = new WebClient.Limits(1, 1, Duration.ofSeconds(20), Duration.ofSeconds(20), 1024);
        try (WebClient client = new WebClient("test", "test", limits, context(files))) {
            URI uri = URI.create("https://127.0.0.1:" + port + "/");
            return client.send(HttpRequest.newBuilder(uri).build())
                    .get(30, TimeUnit.SECONDS)
                    .status();
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }
}
