// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.access.Judge;
import io.marquetry.core.internal.ban.BanList;
import io.marquetry.core.internal.ban.Flapping;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.router.RetainedMessages;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.session.SessionRegistry;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.sys.SysTopics;
import java.util.List;
import java.util.function.LongSupplier;

/** What every connection needs of the broker; one object for all of them. */
public final class BrokerContext {
    /** What a loop reads PUBLISH packets with; one for each loop, used by that loop only. */
    static final class Reader {
        final PublishView view = new PublishView();
        byte[] topic = new byte[256];

        byte[] topic(int length) {
            if (topic.length < length) {
                topic = new byte[Math.max(length, topic.length * 2)];
            }
            return topic;
        }
    }

    final SessionRegistry sessions;
    final Router router;
    final RetainedMessages retained;
    final Hooks hooks;
    final Judge judge;
    final SysTopics sys;
    final ListenerStats listeners;
    final BanList bans;
    final Flapping flapping;
    /** Milliseconds since 1970. */
    final LongSupplier wallClock;

    final RateLimitedLog badInput;
    /** About authenticators that listeners ask and that are not there. */
    final RateLimitedLog missing;
    /** About clients that wait in vain for a store. */
    final RateLimitedLog unkept;

    final ListenerRates rates;
    final Budget budget;
    private final Home[] homes;
    private final Reader[] readers;

    public BrokerContext(
            SessionRegistry sessions,
            Router router,
            RetainedMessages retained,
            Hooks hooks,
            SysTopics sys,
            ListenerStats listeners,
            BanList bans,
            Flapping flapping,
            LongSupplier wallClock) {
        this.sessions = sessions;
        this.router = router;
        this.retained = retained;
        this.hooks = hooks;
        this.judge = new Judge(hooks);
        this.sys = sys;
        this.listeners = listeners;
        this.bans = bans;
        this.flapping = flapping;
        this.wallClock = wallClock;
        List<Home> all = sessions.homes();
        this.homes = all.toArray(Home[]::new);
        this.readers = new Reader[homes.length];
        for (int i = 0; i < readers.length; i++) {
            readers[i] = new Reader();
        }
        this.budget = homes[0].budget();
        this.rates = new ListenerRates(homes.length, homes[0]::now);
        this.badInput = new RateLimitedLog(homes[0]::now);
        this.missing = new RateLimitedLog(homes[0]::now);
        this.unkept = new RateLimitedLog(homes[0]::now);
    }

    MqttSettings settings() {
        return sessions.settings();
    }

    Home home(int loop) {
        return homes[loop];
    }

    /** What is to survive on a loop. */
    Journal journal(Home home) {
        return sessions.journals().of(home);
    }

    Reader reader(Home home) {
        return readers[home.index()];
    }
}
