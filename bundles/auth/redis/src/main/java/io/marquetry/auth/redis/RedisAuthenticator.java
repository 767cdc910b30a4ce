// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.redis;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.auth.redis.RedisCommand.Name;
import io.marquetry.auth.support.InstanceKeys;
import io.marquetry.auth.support.PasswordScheme;
import io.marquetry.auth.support.StoredUser;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks a client up in a hash of Redis: no hash is nobody to decide about, a wrong password is a refusal. Nothing waits
 * for Redis; passwords are compared on threads of its own, since that is slow by intention.
 */
@Component(configurationPid = RedisAuthenticator.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class RedisAuthenticator implements Authenticator {
    static final String PID = "io.marquetry.auth.redis.authenticator";

    private static final Logger LOG = LoggerFactory.getLogger(RedisAuthenticator.class);
    private static final String COMMAND = "HMGET mqtt_user:${username} password_hash salt is_superuser";

    /** Passwords that may wait to be compared; more are an error at once, not a queue without end. */
    private static final int MOST_WAITING = 1000;

    private final RedisCommand command;
    private final PasswordScheme scheme;
    private final ThreadPoolExecutor hashing;
    private final Redis redis;

    /** Reads the configuration and begins to connect. */
    @Activate
    public RedisAuthenticator(Map<String, Object> properties) {
        InstanceKeys keys = InstanceKeys.of(properties, PID);
        RedisSettings settings = RedisSettings.read(keys);
        RedisCommand parsed = keys.parse(
                "command",
                keys.keys().string("command", COMMAND),
                text -> RedisCommand.parse(text, EnumSet.allOf(Name.class), COMMAND));
        scheme = keys.passwordScheme();
        keys.finish(LOG);
        command = Objects.requireNonNull(parsed);
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        hashing = new ThreadPoolExecutor(
                threads,
                threads,
                5,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_WAITING),
                task -> Redis.daemon(task, keys.name() + "-hash"));
        hashing.allowCoreThreadTimeOut(true);
        redis = new Redis(settings, keys.name());
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        if (!command.appliesTo(credentials.client())) {
            return CompletableFuture.completedFuture(AuthResult.ABSTAINED);
        }
        return redis.ask(command, credentials.client())
                .thenApplyAsync(
                        fields -> fields.isEmpty()
                                ? AuthResult.ABSTAINED
                                : StoredUser.of(fields).check(scheme, credentials.password()),
                        hashing);
    }

    /** Nobody asks any more. */
    @Deactivate
    void close() {
        redis.close();
        hashing.shutdownNow();
    }
}
