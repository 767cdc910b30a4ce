// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.file;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.extension.Blocking;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.auth.support.InstanceKeys;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks user names and passwords by a file as {@code mosquitto_passwd} makes it. */
@Blocking
@Component(
        service = Authenticator.class,
        configurationPid = FileAuthenticator.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class FileAuthenticator implements Authenticator {
    /** What a user who is not in the file gets. */
    enum UnknownUser {
        ABSTAIN,
        REJECT
    }

    static final String PID = "io.marquetry.auth.file";
    private static final Logger LOG = LoggerFactory.getLogger(FileAuthenticator.class);
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    private static final byte[] NO_PASSWORD = {};

    /** A change is taken at the second look that finds it: within one second. */
    private static final long LOOK_MILLIS = 400;

    private final UserFile file;
    private final UnknownUser unknownUser;
    private final ScheduledExecutorService watch;

    /** Reads the users and begins to watch them. */
    @Activate
    public FileAuthenticator(BundleContext context, Map<String, Object> properties) {
        this(context.getProperty("karaf.base"), properties);
    }

    FileAuthenticator(@Nullable String base, Map<String, Object> properties) {
        InstanceKeys instance = InstanceKeys.of(properties, PID);
        Path path = instance.parse("path", instance.keys().string("path", "conf/users"), Path::of);
        unknownUser = instance.keys().word("unknownUser", UnknownUser.ABSTAIN);
        instance.finish(LOG);
        file = new UserFile(Path.of(base == null ? "" : base).resolve(path == null ? Path.of("conf/users") : path));
        watch = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "marquetry-auth-file");
            thread.setDaemon(true);
            return thread;
        });
        var unused = watch.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        FileUsers users = file.users();
        String name = credentials.client().username();
        if (name == null) {
            return CompletableFuture.completedFuture(
                    unknownUser == UnknownUser.REJECT ? REJECTED : AuthResult.ABSTAINED);
        }
        byte[] password = credentials.password();
        boolean matches = users.matches(name, password == null ? NO_PASSWORD : password) && password != null;
        if (matches) {
            return CompletableFuture.completedFuture(AuthResult.ACCEPTED);
        }
        return CompletableFuture.completedFuture(
                users.has(name) || unknownUser == UnknownUser.REJECT ? REJECTED : AuthResult.ABSTAINED);
    }

    private void look() {
        try {
            file.look();
        } catch (RuntimeException e) {
            LOG.error("looking at the file of users failed; the users of before stay in force", e);
        }
    }

    @Deactivate
    void close() {
        watch.shutdownNow();
    }
}
