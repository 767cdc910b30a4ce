// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Ban;
import io.marquetry.api.admin.Bans;
import java.util.ArrayList;
import java.util.List;

/** Bans that a test puts in. */
final class StandInBans implements Bans {
    final List<Ban> bans = new ArrayList<>();

    @Override
    public void add(Ban ban) {
        bans.add(ban);
    }

    @Override
    public boolean delete(Ban.Kind as, String who) {
        return bans.removeIf(ban -> ban.as() == as && ban.who().equals(who));
    }

    @Override
    public List<Ban> list() {
        return List.copyOf(bans);
    }
}
