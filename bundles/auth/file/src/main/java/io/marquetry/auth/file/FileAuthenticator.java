// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.file;

import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.extension.Blocking;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.auth.support.Account;
import io.marquetry.auth.support.Place;
import io.marquetry.auth.support.WatchedFile;
import io.marquetry.auth.support.Words;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Checks passwords by a file as {@code mosquitto_passwd} makes it, which can be edited while the broker runs. */
@Blocking // hashing takes milliseconds
@Component(configurationPid = FileAuthenticator.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = FileAuthenticator.Config.class)
public final class FileAuthenticator implements Authenticator {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: users of a file")
    public @interface Config {
        /** The file of users. */
        @AttributeDefinition(description = "The file of users; relative to the broker's directory")
        String file() default "conf/users";

        /** What becomes of a user who is not in the file. */
        @AttributeDefinition(description = "abstain: the next authenticator is asked; reject: he is turned away")
        String unknownUser() default "abstain";
    }

    private enum Unknown {
        ABSTAIN,
        REJECT
    }

    static final String PID = "io.marquetry.auth.file";
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);

    private final UserFile users;
    private final Unknown unknown;
    private final WatchedFile watch;

    /** Reads the users and begins to watch them. */
    @Activate
    public FileAuthenticator(Config config) {
        this(Place.of(config.file()), config.unknownUser());
    }

    FileAuthenticator(Path file, String unknownUser) {
        unknown = Words.one(Unknown.class, "unknownUser", unknownUser);
        users = new UserFile(file);
        watch = new WatchedFile("marquetry-auth-file", file, users::read);
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        String name = credentials.client().username();
        byte[] password = credentials.password();
        if (name == null) {
            return CompletableFuture.completedFuture(AuthResult.ABSTAINED);
        }
        if (!users.isUsable()) {
            throw new IllegalStateException("the file of users could not be read; the log of its start says why");
        }
        Account account = users.find(name);
        if (account == null) {
            // Whoever measures must not learn which names there are.
            Account anyone = users.anyone();
            if (anyone != null && password != null) {
                boolean ignored = anyone.matches(password);
            }
            return CompletableFuture.completedFuture(unknown == Unknown.REJECT ? REJECTED : AuthResult.ABSTAINED);
        }
        boolean right = password != null && account.matches(password);
        return CompletableFuture.completedFuture(right ? AuthResult.ACCEPTED : REJECTED);
    }

    @Deactivate
    void close() {
        watch.close();
    }
}
