// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ListenerInfo;
import io.marquetry.api.admin.Listeners;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jspecify.annotations.Nullable;

/** Completes the names of listeners. */
@Service
public final class ListenerIdCompleter implements Completer {
    @Reference(optional = true)
    private @Nullable Listeners listeners;

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        if (listeners == null) {
            return -1;
        }
        List<String> ids = listeners.list().stream().map(ListenerInfo::id).toList();
        return new StringsCompleter(ids).complete(session, line, candidates);
    }
}
