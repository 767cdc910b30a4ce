// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.Extensions;
import java.util.Locale;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:extension-list}. */
@Service
@Command(scope = "mqtt", name = "extension-list", description = "Lists the extensions, and what is wrong with any")
public final class ExtensionListCommand implements Action {
    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Extensions extensions;

    @Override
    public @Nullable Object execute() {
        Table table = table(raw).ifEmpty("there are no extensions");
        Ask.present(extensions, "extensions").list().forEach(extension -> row(table, extension));
        table.print();
        return null;
    }

    static Table table(boolean raw) {
        return new Table(raw)
                .text("name")
                .text("version")
                .text("state")
                .text("required")
                .text("active since")
                .text("file")
                .text("problem");
    }

    static void row(Table table, ExtensionInfo extension) {
        table.row(
                extension.name(),
                extension.version(),
                state(extension),
                extension.required(),
                Table.time(extension.activeSince()),
                Table.orDash(extension.file()),
                Table.orDash(extension.problem()));
    }

    static String state(ExtensionInfo extension) {
        return extension.state().name().toLowerCase(Locale.ROOT);
    }
}
