// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.Extensions;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.jspecify.annotations.Nullable;

/** What the commands that change one extension share: they show it as it is then, and fail when that is not well. */
abstract class ExtensionAction implements Action {
    /** An activation may take half a minute, and the one before it as long when it has to be gone back to. */
    private static final int SECONDS = 90;

    private static final Set<ExtensionInfo.State> WELL =
            Set.of(ExtensionInfo.State.ACTIVE, ExtensionInfo.State.AVAILABLE);

    @Option(name = "--no-format", description = "One line, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Extensions extensions;

    abstract CompletionStage<ExtensionInfo> change(Extensions service);

    /** Whether the command did what it was to do. */
    boolean isDone(ExtensionInfo now) {
        return WELL.contains(now.state());
    }

    @Override
    public @Nullable Object execute() throws Exception {
        ExtensionInfo now = Ask.answer(change(Ask.present(extensions, "extensions")), SECONDS);
        Table table = ExtensionListCommand.table(raw);
        ExtensionListCommand.row(table, now);
        table.print();
        if (!isDone(now)) {
            throw new IllegalStateException("extension " + now.name() + " is " + ExtensionListCommand.state(now)
                    + (now.problem() == null ? "" : ": " + Table.printable(now.problem())));
        }
        return null;
    }
}
