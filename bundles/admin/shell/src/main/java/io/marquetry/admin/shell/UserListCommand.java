// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.User;
import io.marquetry.api.admin.Users;
import java.util.List;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:user-list}. */
@Service
@Command(scope = "mqtt", name = "user-list", description = "Users that the broker keeps, in the order of their names")
public final class UserListCommand implements Action {
    @Option(name = "--filter", description = "Only those whose name has this in it")
    private String filter = "";

    @Option(name = "--limit", description = "At most so many")
    private int limit = 100;

    @Option(name = "--no-format", description = "One line a row, tabs between values")
    private boolean plain;

    @Reference(optional = true)
    private @Nullable Users users;

    @Override
    public @Nullable Object execute() {
        int most = Ask.limit(limit);
        List<User> found = Ask.present(users, UserAddCommand.EXTENSION).list(filter, most + 1);
        Table table = new Table(plain).text("User").text("Superuser").ifEmpty("no user");
        found.stream().limit(most).forEach(user -> table.row(user.name(), user.superuser()));
        table.print();
        if (found.size() > most) {
            System.err.println("users: " + most + " shown, more left out; --limit shows more, --filter fewer");
        }
        return null;
    }
}
