// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Users;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:user-import}. */
@Service
@Command(scope = "mqtt", name = "user-import", description = "Takes over users with their hashes, all of them or none")
public final class UserImportCommand implements Action {
    @Argument(name = "FILE", description = "CSV with a heading, or a JSON array of objects", required = true)
    private String file = "";

    @Option(name = "--format", description = "csv or json; without it, what the name of the file ends with")
    private @Nullable String format;

    @Reference(optional = true)
    private @Nullable Users users;

    @Override
    public @Nullable Object execute() throws IOException {
        String form = format != null
                ? format
                : file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        Users store = Ask.present(users, UserAddCommand.EXTENSION);
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            System.out.println("users taken over: " + store.importFrom(in, form));
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("expected a file that the broker can read, there is no " + file, e);
        }
        return null;
    }
}
