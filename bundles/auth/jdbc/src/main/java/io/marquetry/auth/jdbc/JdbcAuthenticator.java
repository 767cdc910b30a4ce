// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.extension.Blocking;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.PasswordScheme;
import io.marquetry.auth.support.StoredUser;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks a client up in a table of users: nobody there is nobody to decide about, a wrong password is a refusal. */
@Blocking
@Component(configurationPid = JdbcAuthenticator.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class JdbcAuthenticator implements Authenticator {
    static final String PID = "io.marquetry.auth.jdbc.authenticator";

    private static final Logger LOG = LoggerFactory.getLogger(JdbcAuthenticator.class);
    private static final String QUERY =
            "SELECT password_hash, salt, is_superuser FROM mqtt_user WHERE username = ${username}";

    private final SqlQuery query;
    private final PasswordScheme scheme;
    private final Database database;

    /** Reads the configuration and begins to connect. */
    @Activate
    public JdbcAuthenticator(Map<String, Object> properties) {
        InstanceKeys keys = InstanceKeys.of(properties, PID);
        DatabaseSettings settings = DatabaseSettings.read(keys);
        SqlQuery parsed = keys.parse("query", keys.keys().string("query", QUERY), SqlQuery::parse);
        scheme = keys.passwordScheme();
        keys.finish(LOG);
        query = Objects.requireNonNull(parsed);
        database = new Database(settings, keys.name());
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        List<Map<String, String>> users = database.rows(query, credentials.client(), 1);
        return CompletableFuture.completedFuture(
                users.isEmpty()
                        ? AuthResult.ABSTAINED
                        : StoredUser.of(users.get(0)).check(scheme, credentials.password()));
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        database.close();
    }
}
