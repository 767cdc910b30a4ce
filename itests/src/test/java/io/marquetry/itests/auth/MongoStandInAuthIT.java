// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import io.marquetry.itests.support.Certificates;
import io.marquetry.itests.support.Daemon;
import io.marquetry.itests.support.StartedWith;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code auth/mongodb}, its driver the real one, over TLS, with a stand-in for MongoDB: see {@link MongoStandIn}. */
@StartedWith(env = "MARQUETRY_MQTT__NO_MATCH=allow")
class MongoStandInAuthIT extends BackendScenarios {
    @Override
    Daemon startBackend() throws Exception {
        Path folder = Daemon.folder("nobody");
        Certificates authority = Certificates.in(folder);
        SSLContext trust = authority.context(null);
        Daemon daemon = MongoStandIn.start(folder, authority.server("server", "127.0.0.1"));
        MongoClientSettings settings = MongoClientSettings.builder()
                .applyConnectionString(new ConnectionString(url(daemon)))
                .applyToSslSettings(tls -> tls.enabled(true).context(trust))
                .build();
        try (MongoClient client = MongoClients.create(settings)) {
            MongoDatabase database = client.getDatabase("mqtt");
            database.getCollection("mqtt_user")
                    .insertMany(List.of(
                            user("meter", SECRET, false),
                            user("admin", SECRET, true),
                            user("nul", PASSWORD_WITH_NUL, false),
                            user("long", LONG_PASSWORD, false)));
            database.getCollection("mqtt_acl")
                    .insertMany(List.of(
                            rule("allow", "publish", "data/${clientid}/up"),
                            rule("allow", "subscribe", "cmd/${clientid}").append("qos", List.of(0, 1)),
                            new Document("username", "meter")
                                    .append("permission", "deny")
                                    .append("action", "all")
                                    .append("topics", List.of("data/#", "cmd/#"))));
        }
        return daemon;
    }

    private static Document user(String name, byte[] password, boolean superuser) {
        return new Document("username", name)
                .append("password_hash", hash(password))
                .append("salt", SALT)
                .append("is_superuser", superuser);
    }

    private static Document rule(String permission, String action, String topic) {
        return new Document("username", "meter")
                .append("permission", permission)
                .append("action", action)
                .append("topic", topic);
    }

    private static String url(Daemon daemon) {
        return "mongodb://127.0.0.1:" + daemon.port();
    }

    private static List<String> configuration() {
        return List.of(
                "url = " + url(backend()), "tlsCaFile = " + backend().folder().resolve("ca.crt"), "timeoutSeconds = 1");
    }

    @Test
    void givenServerOfStrangers_whenAsked_thenNobodyGetsInAndTheLogSaysWhy(@TempDir Path folder) throws Exception {
        List<String> lines = new ArrayList<>(configuration());
        lines.set(1, "tlsCaFile = " + Certificates.in(folder).ca());
        extension().remove("authenticator", "test");
        try {
            extension().authenticate("test", lines);
            int mark = broker().process().log().mark();

            assertThat(enter(as("meter", "secret"))).isEqualTo(SERVER_UNAVAILABLE);
            broker().process().log().await(mark, "PKIX path", Duration.ofSeconds(30));
        } finally {
            extension().remove("authenticator", "test");
            extension().authenticate("test", configuration());
        }
    }

    @Override
    Installed install() throws Exception {
        Installed installed = Installed.drop(broker().process(), "mongodb");
        installed.authenticate("test", configuration());
        return installed;
    }

    @Override
    void authorize(Installed installed) throws Exception {
        installed.authorize("test", configuration());
    }
}
