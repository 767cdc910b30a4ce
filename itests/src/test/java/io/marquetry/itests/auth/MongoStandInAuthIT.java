// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.auth;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import io.marquetry.itests.support.Daemon;
import io.marquetry.itests.support.StartedWith;
import java.util.List;
import org.bson.Document;

/** {@code auth/mongodb}, its driver the real one, with a stand-in for MongoDB: see {@link MongoStandIn}. */
@StartedWith(env = "MARQUETRY_MQTT__NO_MATCH=allow")
class MongoStandInAuthIT extends BackendScenarios {
    @Override
    Daemon startBackend() throws Exception {
        Daemon daemon = MongoStandIn.start();
        try (MongoClient client = MongoClients.create("mongodb://127.0.0.1:" + daemon.port())) {
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

    private static List<String> configuration() {
        return List.of("url = mongodb://127.0.0.1:" + backend().port(), "timeoutSeconds = 1");
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
