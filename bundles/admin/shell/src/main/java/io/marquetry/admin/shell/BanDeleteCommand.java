// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Ban;
import io.marquetry.api.admin.Bans;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:ban-delete}. */
@Service
@Command(scope = "mqtt", name = "ban-delete", description = "Ends a ban")
public final class BanDeleteCommand implements Action {
    @Argument(index = 0, name = "KIND", description = "As mqtt:ban-list has it", required = true)
    @Completion(BanKindCompleter.class)
    private String kind = "";

    @Argument(index = 1, name = "WHO", description = "As mqtt:ban-list has it", required = true)
    private String who = "";

    @Reference(optional = true)
    private @Nullable Bans bans;

    @Override
    public @Nullable Object execute() {
        Ban.Kind as = BanWords.kind(kind);
        if (!Ask.present(bans, "bans").delete(as, who)) {
            throw new IllegalArgumentException("there is no ban of the " + as.word() + " " + Table.printable(who)
                    + "; mqtt:ban-list shows those there are");
        }
        System.out.println("no longer banned: " + as.word() + " " + Table.printable(who));
        return null;
    }
}
