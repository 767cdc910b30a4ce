// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.User;
import io.marquetry.api.admin.Users;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Session;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:user-add}. */
@Service
@Command(scope = "mqtt", name = "user-add", description = "Adds a user, or gives one another password")
public final class UserAddCommand implements Action {
    static final String EXTENSION = "users (mqtt:extension-install auth.builtin brings them)";
    private static final String LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    private static final int GENERATED = 20;

    @Argument(name = "NAME", description = "The user name", required = true)
    private String name = "";

    @Option(name = "--password", description = "The password; other users of this machine may see it for a moment")
    private @Nullable String password;

    @Option(name = "--password-file", description = "A file whose first line is the password")
    private @Nullable String file;

    @Option(name = "--generate", description = "Makes a password and prints it, once")
    private boolean generate;

    @Option(name = "--superuser", description = "He may publish and subscribe to everything")
    private boolean superuser;

    @Option(name = "--replace", description = "Changes a user who is there")
    private boolean replace;

    @Reference(optional = true)
    private @Nullable Users users;

    @Reference
    private @Nullable Session session;

    @Override
    public @Nullable Object execute() throws Exception {
        long ways = Stream.of(password != null, file != null, generate)
                .filter(given -> given)
                .count();
        if (ways > 1) {
            throw new IllegalArgumentException("expected at most one of --password-file FILE, --generate and"
                    + " --password PASSWORD; without one the password is asked for");
        }
        Users store = Ask.present(users, EXTENSION);
        String secret = generate ? generated() : password != null ? password : file != null ? read(file) : asked();
        if (secret.isEmpty()) {
            throw new IllegalArgumentException("expected a password, got an empty line; nothing is changed");
        }
        store.add(new User(name, superuser), secret.toCharArray(), replace);
        System.out.println((replace ? "set " : "added ") + Table.printable(name));
        if (generate) {
            System.out.println("password " + secret);
        }
        return null;
    }

    private String asked() throws IOException, InterruptedException {
        return Typist.of(Objects.requireNonNull(session)).secret("Password of " + Table.printable(name) + ": ");
    }

    private static String read(String file) {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.findFirst().orElse("");
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "expected --password-file to name a file that the broker can read: " + e, e);
        }
    }

    private static String generated() {
        SecureRandom random = new SecureRandom();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GENERATED; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }
}
