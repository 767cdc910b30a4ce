// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Ban;
import io.marquetry.api.admin.Bans;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:ban-add}. */
@Service
@Command(scope = "mqtt", name = "ban-add", description = "Bans clients and ends their connections")
public final class BanAddCommand implements Action {
    @Argument(
            index = 0,
            name = "KIND",
            description = "clientid, username, peerhost, clientid_re, username_re or peerhost_net",
            required = true)
    @Completion(BanKindCompleter.class)
    private String kind = "";

    @Argument(
            index = 1,
            name = "WHO",
            description = "The name, the address, the regular expression or the range of addresses",
            required = true)
    private String who = "";

    @Option(name = "--reason", description = "Why, for whoever reads the list", valueToShowInHelp = "")
    private String reason = "";

    @Option(name = "--for", description = "How long: 30s, 5m, 12h, 7d; without it, until it is deleted")
    private String length = "never";

    @Reference(optional = true)
    private @Nullable Bans bans;

    @Override
    public @Nullable Object execute() {
        long now = System.currentTimeMillis();
        Ban ban = new Ban(BanWords.kind(kind), who, "shell", reason, now, BanWords.end(length, now));
        Ask.present(bans, "bans").add(ban);
        System.out.println("banned " + ban.as().word() + " " + Table.printable(who)
                + (ban.until() == Long.MAX_VALUE ? "" : " until " + Table.time(ban.until())));
        return null;
    }
}
