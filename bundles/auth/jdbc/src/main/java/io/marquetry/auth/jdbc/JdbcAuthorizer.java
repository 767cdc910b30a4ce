// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.jdbc;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Blocking;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.StoredRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the rules of a client from a table; the first one that speaks about an action decides. It remembers nothing:
 * the broker does, for each client.
 */
@Blocking
@Component(configurationPid = JdbcAuthorizer.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class JdbcAuthorizer implements Authorizer {
    static final String PID = "io.marquetry.auth.jdbc.authorizer";

    private static final Logger LOG = LoggerFactory.getLogger(JdbcAuthorizer.class);
    private static final String QUERY =
            "SELECT permission, action, topic, qos, retain FROM mqtt_acl WHERE username = ${username}";

    /** More rows for one client are a query without a condition, and no rules. */
    private static final int MOST_RULES = 10_000;

    private final String name;
    private final SqlQuery query;
    private final Database database;

    /** Reads the configuration and begins to connect. */
    @Activate
    public JdbcAuthorizer(Map<String, Object> properties) {
        InstanceKeys keys = InstanceKeys.of(properties, PID);
        DatabaseSettings settings = DatabaseSettings.read(keys);
        SqlQuery parsed = keys.parse("query", keys.keys().string("query", QUERY), SqlQuery::parse);
        keys.finish(LOG);
        name = keys.name();
        query = Objects.requireNonNull(parsed);
        database = new Database(settings, name);
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        List<AccessRule> rules = new ArrayList<>();
        for (Map<String, String> row : database.rows(query, client, MOST_RULES)) {
            rules.add(StoredRule.of(row, name + " row " + (rules.size() + 1)));
        }
        return AccessRule.decide(rules, client, action, topic);
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        database.close();
    }
}
