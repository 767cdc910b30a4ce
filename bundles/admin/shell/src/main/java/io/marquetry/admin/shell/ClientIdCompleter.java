// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ClientDetails;
import io.marquetry.api.admin.Clients;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jspecify.annotations.Nullable;

/** Completes client identifiers: the first few that fit, within a second, or none. */
@Service
public final class ClientIdCompleter implements Completer {
    private static final int LIMIT = 50;

    @Reference(optional = true)
    private @Nullable Clients clients;

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        if (clients == null) {
            return -1;
        }
        String argument = line.getCursorArgument() == null ? "" : line.getCursorArgument();
        String typed = argument.substring(0, Math.min(line.getArgumentPosition(), argument.length()));
        try {
            List<String> ids = Ask.answer(clients.list(typed, LIMIT), 1).stream()
                    .map(ClientDetails::clientId)
                    .filter(id -> id.equals(Table.printable(id)))
                    .toList();
            return new StringsCompleter(ids).complete(session, line, candidates);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        } catch (IllegalStateException e) {
            return -1; // a Tab key is no place for a sentence
        }
    }
}
