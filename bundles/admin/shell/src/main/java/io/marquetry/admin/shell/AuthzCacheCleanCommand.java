// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Access;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:authz-cache-clean}. */
@Service
@Command(
        scope = "mqtt",
        name = "authz-cache-clean",
        description = "Forgets what was decided about the rights of one client, or of all")
public final class AuthzCacheCleanCommand implements Action {
    @Argument(name = "CLIENT", description = "The client identifier; all of them without it")
    @Completion(ClientIdCompleter.class)
    private @Nullable String id;

    @Reference(optional = true)
    private @Nullable Access access;

    @Override
    public @Nullable Object execute() throws Exception {
        Access present = Ask.present(access, "decisions");
        String client = id;
        if (client == null) {
            present.forget();
            System.out.println("forgot every decision");
            return null;
        }
        if (!Ask.answer(present.forget(client))) {
            throw new IllegalArgumentException("no client is connected with the identifier " + Table.printable(client)
                    + "; nothing is remembered of it");
        }
        System.out.println("forgot the decisions about " + Table.printable(client));
        return null;
    }
}
