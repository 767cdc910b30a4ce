// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Users;
import java.io.IOException;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:user-delete}. */
@Service
@Command(scope = "mqtt", name = "user-delete", description = "Deletes a user; who is connected stays so")
public final class UserDeleteCommand implements Action {
    @Argument(name = "NAME", description = "The user name", required = true)
    private String name = "";

    @Reference(optional = true)
    private @Nullable Users users;

    @Override
    public @Nullable Object execute() throws IOException {
        if (!Ask.present(users, UserAddCommand.EXTENSION).delete(name)) {
            throw new IllegalArgumentException(
                    "there is no user " + Table.printable(name) + "; mqtt:user-list shows those there are");
        }
        System.out.println("deleted " + Table.printable(name));
        return null;
    }
}
