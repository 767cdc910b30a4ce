// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.mongodb;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.extension.Blocking;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.PasswordScheme;
import io.marquetry.auth.support.StoredUser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.bson.BsonDocument;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks a client up in a collection of users: no document is nobody to decide about, a wrong password is a refusal. */
@Blocking
@Component(configurationPid = MongoAuthenticator.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class MongoAuthenticator implements Authenticator {
    static final String PID = "io.marquetry.auth.mongodb.authenticator";

    private static final Logger LOG = LoggerFactory.getLogger(MongoAuthenticator.class);

    private final FilterTemplate filter;
    /** What the support calls a field, to what the documents call it. */
    private final Map<String, String> names;

    private final PasswordScheme scheme;
    private final Documents users;

    /** Reads the configuration and begins to connect. */
    @Activate
    public MongoAuthenticator(Map<String, Object> properties) {
        InstanceKeys keys = InstanceKeys.of(properties, PID);
        MongoSettings settings = MongoSettings.read(keys, "mqtt_user");
        FilterTemplate parsed = keys.parse(
                "filter", keys.keys().string("filter", "{\"username\": \"${username}\"}"), FilterTemplate::parse);
        names = Map.of(
                "password_hash", keys.keys().string("passwordHashField", "password_hash"),
                "salt", keys.keys().string("saltField", "salt"),
                "is_superuser", keys.keys().string("isSuperuserField", "is_superuser"));
        scheme = keys.passwordScheme();
        keys.finish(LOG);
        filter = Objects.requireNonNull(parsed);
        users = new Documents(settings);
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        BsonDocument filled = filter.fill(credentials.client());
        List<BsonDocument> found = filled == null ? List.of() : users.find(filled, 1);
        return CompletableFuture.completedFuture(
                found.isEmpty() ? AuthResult.ABSTAINED : user(found.get(0)).check(scheme, credentials.password()));
    }

    private StoredUser user(BsonDocument document) {
        Map<String, String> fields = new HashMap<>();
        names.forEach((field, name) -> {
            String text = Documents.text(document, name);
            if (text != null) {
                fields.put(field, text);
            }
        });
        return StoredUser.of(fields);
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        users.close();
    }
}
