// SPDX-License-Identifier: Apache-2.0
package io.marquetry.auth.builtin;

import io.marquetry.api.admin.User;
import io.marquetry.api.admin.Users;
import io.marquetry.api.auth.AuthResult;
import io.marquetry.api.auth.Authenticator;
import io.marquetry.api.auth.Credentials;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.extension.Blocking;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.auth.support.Account;
import io.marquetry.auth.support.PasswordScheme;
import io.marquetry.auth.support.StoredPassword;
import io.marquetry.auth.support.Words;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Users that the broker keeps itself, in {@code data/auth/users}: who adds them, and who checks them. */
@Blocking // hashing takes milliseconds
@Component(
        service = {Authenticator.class, Users.class},
        configurationPid = BuiltinUsers.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = BuiltinUsers.Config.class)
public final class BuiltinUsers implements Authenticator, Users {
    /** What an operator can set. */
    @ObjectClassDefinition(name = "Marquetry: users that the broker keeps")
    public @interface Config {
        /** By what users are kept. */
        @AttributeDefinition(description = "username or clientid")
        String userIdType() default "username";

        /** How much work a stolen hash makes. */
        @AttributeDefinition(description = "Rounds of PBKDF2 for new passwords", min = "1000", max = "2000000")
        int iterations() default 20_000;

        /** Imported hashes: their algorithm. */
        @AttributeDefinition(description = "plain, md5, sha, sha256, sha512, bcrypt or pbkdf2")
        String importAlgorithm() default "sha256";

        /** Imported hashes: where their salt goes. */
        @AttributeDefinition(description = "prefix, suffix or disable")
        String importSaltPosition() default "prefix";

        /** Imported hashes by pbkdf2: the digest. */
        @AttributeDefinition(description = "sha, sha256 or sha512")
        String importMac() default "sha256";

        /** Imported hashes by pbkdf2: the rounds. */
        @AttributeDefinition(description = "Rounds of imported pbkdf2 hashes")
        int importIterations() default 4096;
    }

    private enum IdType {
        USERNAME,
        CLIENTID
    }

    static final String PID = "io.marquetry.auth.builtin";
    private static final Logger LOG = LoggerFactory.getLogger(BuiltinUsers.class);
    private static final int MOST_BYTES = 65_535;
    private static final AuthResult REJECTED = new AuthResult.Rejected(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
    private static final AuthResult SUPERUSER = new AuthResult.Accepted(true, Map.of(), List.of(), 0);

    private final UserStore store;
    private final IdType idType;
    private final int iterations;
    private final PasswordScheme imported;

    /** Reads the users. */
    @Activate
    public BuiltinUsers(BundleContext context, Config config) throws IOException {
        this(
                Path.of(String.valueOf(context.getProperty("karaf.data"))).resolve("auth/users"),
                config.userIdType(),
                config.iterations(),
                new PasswordScheme(
                        config.importAlgorithm(),
                        config.importSaltPosition(),
                        config.importMac(),
                        config.importIterations(),
                        0));
    }

    BuiltinUsers(Path file, String userIdType, int iterations, PasswordScheme imported) throws IOException {
        if (iterations < 1000 || iterations > 2_000_000) {
            throw new IllegalArgumentException("expected iterations to be 1000 to 2000000, got " + iterations);
        }
        this.idType = Words.one(IdType.class, "userIdType", userIdType);
        this.iterations = iterations;
        this.imported = imported;
        this.store = new UserStore(file);
        LOG.info("{}: users: {}", file, store.all().size());
    }

    @Override
    public CompletionStage<AuthResult> authenticate(Credentials credentials) {
        ClientInfo client = credentials.client();
        String name = idType == IdType.USERNAME ? client.username() : client.clientId();
        byte[] password = credentials.password();
        UserStore.Entry user = name == null ? null : store.find(name);
        AuthResult result;
        if (user != null) {
            boolean right = password != null && user.account().matches(password);
            result = !right ? REJECTED : user.superuser() ? SUPERUSER : AuthResult.ACCEPTED;
        } else {
            UserStore.Entry anyone = store.anyone();
            if (anyone != null && password != null) {
                // Whoever measures must not learn which names there are.
                boolean ignored = anyone.account().matches(password);
            }
            result = AuthResult.ABSTAINED;
        }
        return CompletableFuture.completedFuture(result);
    }

    // --- api.admin.Users ---

    @Override
    public void add(User user, char[] password, boolean replace) throws IOException {
        byte[] bytes = UserStore.bytes(password);
        Arrays.fill(password, '\0');
        try {
            checkName(user.name());
            if (bytes.length == 0 || bytes.length > MOST_BYTES) {
                throw new IllegalArgumentException(
                        "expected a password of 1 to " + MOST_BYTES + " bytes, got " + bytes.length);
            }
            StoredPassword hash = StoredPassword.hash(bytes, iterations);
            synchronized (this) {
                if (!replace && store.find(user.name()) != null) {
                    throw new IllegalArgumentException("expected a user who is not there yet, got " + user.name());
                }
                store.change(Map.of(user.name(), new UserStore.Entry(new Account(hash), user.superuser())));
            }
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
        LOG.info("a user was {} user={} superuser={}", replace ? "set" : "added", user.name(), user.superuser());
    }

    /** Refuses what could not be sent as a name, or would not fit on its line. */
    static void checkName(String name) {
        boolean bad = name.isEmpty() || name.chars().anyMatch(c -> c < ' ' || c == 0x7F);
        if (bad || name.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "expected a name of 1 to " + MOST_BYTES + " bytes without control characters");
        }
    }

    @Override
    public boolean delete(String name) throws IOException {
        synchronized (this) {
            if (store.find(name) == null) {
                return false;
            }
            Map<String, UserStore.@Nullable Entry> change = new HashMap<>();
            change.put(name, null);
            store.change(change);
        }
        LOG.info("a user was deleted user={}", name);
        return true;
    }

    @Override
    public List<User> list(String namePart, int limit) {
        return store.all().entrySet().stream()
                .filter(user -> user.getKey().contains(namePart))
                .limit(limit)
                .map(user -> new User(user.getKey(), user.getValue().superuser()))
                .toList();
    }

    @Override
    public int importFrom(InputStream in, String format) throws IOException {
        Map<String, UserStore.Entry> read = UserImport.read(in, format, imported);
        synchronized (this) {
            store.change(Collections.unmodifiableMap(read));
        }
        LOG.info("users were imported: {}", read.size());
        return read.size();
    }
}
