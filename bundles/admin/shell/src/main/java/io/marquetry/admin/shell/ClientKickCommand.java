// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Clients;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:client-kick}. */
@Service
@Command(scope = "mqtt", name = "client-kick", description = "Ends a client's connection and its session")
public final class ClientKickCommand implements Action {
    @Argument(name = "ID", description = "The client identifier", required = true)
    @Completion(ClientIdCompleter.class)
    private String id = "";

    @Reference(optional = true)
    private @Nullable Clients clients;

    @Override
    public @Nullable Object execute() throws Exception {
        boolean kicked = Ask.answer(Ask.present(clients, "clients").kick(id));
        if (!kicked) {
            throw new IllegalArgumentException(ClientInfoCommand.noSession(id));
        }
        System.out.println("kicked " + Table.printable(id));
        return null;
    }
}
