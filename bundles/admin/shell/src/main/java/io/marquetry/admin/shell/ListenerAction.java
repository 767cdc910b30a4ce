// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ListenerInfo;
import io.marquetry.api.admin.Listeners;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.jspecify.annotations.Nullable;

/** What the commands that change one listener share: they show it as it is then, and fail when it has a problem. */
abstract class ListenerAction implements Action {
    @Argument(name = "ID", description = "The listener, type:name, for example tcp:default", required = true)
    @Completion(ListenerIdCompleter.class)
    private String id = "";

    @Option(name = "--no-format", description = "One line, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Listeners listeners;

    abstract CompletionStage<ListenerInfo> change(Listeners service, String listener);

    @Override
    public @Nullable Object execute() throws Exception {
        Listeners service = Ask.present(listeners, "listeners");
        if (service.list().stream().noneMatch(listener -> listener.id().equals(id))) {
            throw new IllegalArgumentException("there is no listener " + Table.printable(id) + "; there are "
                    + service.list().stream().map(ListenerInfo::id).toList());
        }
        ListenerInfo now = Ask.answer(change(service, id));
        Table table = ListenerListCommand.table(raw);
        ListenerListCommand.row(table, now);
        table.print();
        if (now.problem() != null) {
            throw new IllegalStateException("listener " + id + " does not run: " + Table.printable(now.problem()));
        }
        return null;
    }
}
