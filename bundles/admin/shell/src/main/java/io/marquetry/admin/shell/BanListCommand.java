// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Ban;
import io.marquetry.api.admin.Bans;
import java.util.List;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:ban-list}. */
@Service
@Command(scope = "mqtt", name = "ban-list", description = "Lists the bans in force")
public final class BanListCommand implements Action {
    @Option(name = "--filter", description = "Only those with this in what they speak about", valueToShowInHelp = "")
    private String part = "";

    @Option(name = "--limit", description = "How many to show at most")
    private int limit = 100;

    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Bans bans;

    @Override
    public @Nullable Object execute() {
        Bans service = Ask.present(bans, "bans");
        Ask.limit(limit);
        List<Ban> found =
                service.list().stream().filter(ban -> ban.who().contains(part)).toList();
        Table table = new Table(raw)
                .text("Kind")
                .text("Who")
                .text("Until")
                .text("Since")
                .text("By")
                .text("Reason")
                .ifEmpty("no ban");
        found.stream()
                .limit(limit)
                .forEach(ban -> table.row(
                        ban.as().word(),
                        ban.who(),
                        ban.until() == Long.MAX_VALUE ? "never" : Table.time(ban.until()),
                        Table.time(ban.at()),
                        ban.by(),
                        ban.reason().isEmpty() ? "-" : ban.reason()));
        table.print();
        int shown = Math.min(limit, found.size());
        Table.leftOut("bans", shown, found.size() - shown, "--limit shows more, --filter fewer");
        return null;
    }
}
