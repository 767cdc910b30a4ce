// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.mongodb;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCredential;
import io.marquetry.auth.support.InstanceKeys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Which collection of which MongoDB, and how long to wait for it.
 *
 * @param url the servers and their options
 * @param username who asks, or null when the url says it
 * @param password of whom, or null
 * @param authSource the database that knows the user
 * @param database the database
 * @param collection the collection
 * @param tlsCa who has signed the servers' certificates, or null for those that Java knows
 * @param poolSize the most connections to each server
 * @param timeoutSeconds how long a question may take, from choosing a server to the last answer
 */
record MongoSettings(
        ConnectionString url,
        @Nullable String username,
        @Nullable String password,
        String authSource,
        String database,
        String collection,
        @Nullable SSLContext tlsCa,
        int poolSize,
        int timeoutSeconds) {

    private static final String EXAMPLE = "mongodb://127.0.0.1:27017";

    /** Reads them; problems stay in {@code keys}. */
    static MongoSettings read(InstanceKeys keys, String collection) {
        String text = keys.required("url", "where MongoDB is, such as " + EXAMPLE);
        ConnectionString url = null;
        if (!text.isEmpty()) {
            try {
                url = new ConnectionString(text);
            } catch (IllegalArgumentException e) {
                // Neither the text nor what the driver says of it: both can hold a password.
                keys.keys().problem("url", "...", "an address such as " + EXAMPLE);
            }
        }
        if (url == null) {
            url = new ConnectionString(EXAMPLE);
        }
        String named = url.getDatabase();
        String username = keys.keys().string("username", "");
        String password = keys.secret("password");
        if (username.isEmpty() != (password == null)) {
            keys.keys().problem("username", username, "both username and password, or none of them");
        }
        return new MongoSettings(
                url,
                username.isEmpty() ? null : username,
                password,
                keys.keys().string("authSource", "admin"),
                keys.keys().string("database", named == null ? "mqtt" : named),
                keys.keys().string("collection", collection),
                trust(keys),
                keys.keys().integer("poolSize", 8, 1, 1000),
                keys.keys().integer("timeoutSeconds", 3, 1, 300));
    }

    private static @Nullable SSLContext trust(InstanceKeys keys) {
        Path file = keys.file("tlsCaFile");
        if (file == null) {
            return null;
        }
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            int count = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca" + count++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            keys.keys().problem("tlsCaFile", file.toString(), "certificates in PEM (" + e.getMessage() + ")");
            return null;
        }
    }

    /** What the driver starts with. */
    MongoClientSettings client() {
        MongoClientSettings.Builder client = MongoClientSettings.builder()
                .applyConnectionString(url)
                .applicationName("marquetry")
                .retryReads(true)
                .timeout(timeoutSeconds, TimeUnit.SECONDS)
                .applyToConnectionPoolSettings(pool -> pool.maxSize(poolSize).minSize(0))
                .applyToSocketSettings(socket -> socket.connectTimeout(timeoutSeconds, TimeUnit.SECONDS))
                .applyToClusterSettings(cluster -> cluster.serverSelectionTimeout(timeoutSeconds, TimeUnit.SECONDS));
        if (username != null && password != null) {
            client.credential(MongoCredential.createCredential(username, authSource, password.toCharArray()));
        }
        if (tlsCa != null) {
            client.applyToSslSettings(ssl -> ssl.enabled(true).context(tlsCa));
        }
        return client.build();
    }

    /** The servers and the collection as a log shows them. */
    String where() {
        return "MongoDB at " + String.join(", ", url.getHosts()) + " (" + database + "." + collection + ")";
    }

    /** Leaves the password out, so that it never reaches a log. */
    @Override
    public String toString() {
        return where();
    }
}
