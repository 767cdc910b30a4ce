// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.ExtensionInfo;
import io.marquetry.api.admin.Extensions;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:extension-info}. */
@Service
@Command(scope = "mqtt", name = "extension-info", description = "Shows one extension and the services that it offers")
public final class ExtensionInfoCommand implements Action {
    @Argument(name = "NAME", description = "The extension, for example auth.file", required = true)
    @Completion(ExtensionNameCompleter.class)
    private String name = "";

    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Extensions extensions;

    @Override
    public @Nullable Object execute() {
        ExtensionInfo info = find(Ask.present(extensions, "extensions"), name);
        Table table = new Table(raw).text("field").text("value");
        table.row("name", info.name());
        table.row("version", info.version());
        table.row("state", ExtensionListCommand.state(info));
        table.row("file", Table.orDash(info.file()));
        table.row("required", info.required());
        table.row("active since", Table.time(info.activeSince()));
        table.row("problem", Table.orDash(info.problem()));
        for (ExtensionInfo.ServiceInfo service : info.services()) {
            table.row(
                    service.type() + " " + service.name(),
                    "ranking " + service.ranking() + ", " + service.calls() + " calls, " + service.failures()
                            + " failures, " + service.pending() + " pending, breaker " + service.breaker());
        }
        table.print();
        return null;
    }

    static ExtensionInfo find(Extensions extensions, String name) {
        return extensions
                .find(name)
                .orElseThrow(() -> new IllegalArgumentException("there is no extension " + Table.printable(name)
                        + "; there are "
                        + extensions.list().stream()
                                .map(ExtensionInfo::name)
                                .distinct()
                                .toList()));
    }
}
