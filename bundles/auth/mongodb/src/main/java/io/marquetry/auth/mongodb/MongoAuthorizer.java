// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.mongodb;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Blocking;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.StoredRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the rules of a client from a collection; the first one that speaks about an action decides. It remembers
 * nothing: the broker does, for each client.
 */
@Blocking
@Component(configurationPid = MongoAuthorizer.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class MongoAuthorizer implements Authorizer {
    static final String PID = "io.marquetry.auth.mongodb.authorizer";

    private static final Logger LOG = LoggerFactory.getLogger(MongoAuthorizer.class);
    private static final List<String> FIELDS = List.of("permission", "action", "qos", "retain");

    /** More documents for one client are a filter without a condition, and no rules. */
    private static final int MOST_RULES = 10_000;

    private final String name;
    private final FilterTemplate filter;
    private final Documents documents;

    /** Reads the configuration and begins to connect. */
    @Activate
    public MongoAuthorizer(Map<String, Object> properties) {
        InstanceKeys keys = InstanceKeys.of(properties, PID);
        MongoSettings settings = MongoSettings.read(keys, "mqtt_acl");
        FilterTemplate parsed = keys.parse(
                "filter", keys.keys().string("filter", "{\"username\": \"${username}\"}"), FilterTemplate::parse);
        keys.finish(LOG);
        name = keys.name();
        filter = Objects.requireNonNull(parsed);
        documents = new Documents(settings);
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        BsonDocument filled = filter.fill(client);
        if (filled == null) {
            return Decision.ABSTAIN;
        }
        List<AccessRule> rules = new ArrayList<>();
        documents.find(filled, MOST_RULES).forEach(document -> addRules(document, rules));
        return AccessRule.decide(rules, client, action, topic);
    }

    /** One rule for {@code topic}, and one for each of {@code topics}. */
    private void addRules(BsonDocument document, List<AccessRule> rules) {
        Map<String, String> row = new HashMap<>();
        for (String field : FIELDS) {
            String text = Documents.text(document, field);
            if (text != null) {
                row.put(field, text);
            }
        }
        for (String field : List.of("topic", "topics")) {
            BsonValue value = document.get(field);
            if (value != null && value.isArray()) {
                value.asArray().forEach(topic -> rules.add(rule(row, Documents.text(topic))));
            } else if (value != null) {
                rules.add(rule(row, Documents.text(value)));
            }
        }
    }

    private AccessRule rule(Map<String, String> row, String topic) {
        Map<String, String> complete = new HashMap<>(row);
        complete.put("topic", topic);
        return StoredRule.of(complete, name);
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        documents.close();
    }
}
