// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import io.marquetry.api.auth.AccessRule;
import io.marquetry.api.auth.Action;
import io.marquetry.api.auth.Authorizer;
import io.marquetry.api.auth.Decision;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.auth.redis.RedisCommand.Name;
import io.marquetry.auth.support.InstanceKeys;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the rules of a client from a hash of Redis, topic filters to what may be done with them; see {@link HashRules}.
 * It remembers nothing: the broker does, for each client.
 */
@Component(configurationPid = RedisAuthorizer.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class RedisAuthorizer implements Authorizer {
    static final String PID = "io.marquetry.auth.redis.authorizer";

    private static final Logger LOG = LoggerFactory.getLogger(RedisAuthorizer.class);
    private static final String COMMAND = "HGETALL mqtt_acl:${username}";

    private final String name;
    private final RedisCommand command;
    private final Redis redis;

    /** Reads the configuration and begins to connect. */
    @Activate
    public RedisAuthorizer(Map<String, Object> properties) {
        InstanceKeys keys = InstanceKeys.of(properties, PID);
        RedisSettings settings = RedisSettings.read(keys);
        RedisCommand parsed = keys.parse(
                "command",
                keys.keys().string("command", COMMAND),
                text -> RedisCommand.parse(text, Set.of(Name.HGETALL), COMMAND));
        keys.finish(LOG);
        name = keys.name();
        command = Objects.requireNonNull(parsed);
        redis = new Redis(settings, name);
    }

    @Override
    public Decision authorize(ClientInfo client, Action action, String topic) {
        if (!command.appliesTo(client)) {
            return Decision.ABSTAIN;
        }
        return new Decision.Later(redis.ask(command, client)
                .thenApply(fields -> AccessRule.decide(HashRules.of(fields, name), client, action, topic)));
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        redis.close();
    }
}
