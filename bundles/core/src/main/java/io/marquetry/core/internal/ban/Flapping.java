// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.ban;

import io.marquetry.api.admin.Ban;
import io.marquetry.core.internal.config.FlappingSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.RateLimitedLog;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bans client identifiers that come and go too often. Each loop counts those that are at home there, and forgets the
 * one it has counted longest when there are too many: a crowd with ever new names is not what this is about.
 */
public final class Flapping {
    /** Who bans, in the list of bans. */
    public static final String BY = "flapping detector";

    private static final Logger LOG = LoggerFactory.getLogger(Flapping.class);
    private static final int MOST_COUNTED = 10_000;
    /** Not the client's doing. */
    private static final Set<String> NOT_COUNTED = Set.of("banned", "kicked", "shutting_down", "server_busy");

    private static final class Count {
        final long since;
        int times;

        Count(long since) {
            this.since = since;
        }
    }

    private static final class Counts extends LinkedHashMap<String, Count> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Count> eldest) {
            return size() > MOST_COUNTED;
        }
    }

    private final BanList bans;
    private final LongSupplier wallClock;
    private final RateLimitedLog log;
    private final Counts[] counts;
    private volatile FlappingSettings settings = FlappingSettings.OFF;

    /** @param wallClock milliseconds since 1970 */
    public Flapping(BanList bans, List<Home> homes, LongSupplier wallClock) {
        this.bans = bans;
        this.wallClock = wallClock;
        this.log = new RateLimitedLog(homes.get(0)::now);
        this.counts = homes.stream().map(home -> new Counts()).toArray(Counts[]::new);
    }

    /** Takes other settings; what was counted is counted on. */
    public void settings(FlappingSettings changed) {
        settings = changed;
    }

    /**
     * A client's connection has ended; on its home loop.
     *
     * @param reason the name it is counted under
     */
    public void left(Home home, String clientId, String reason) {
        FlappingSettings now = settings;
        if (!now.enabled() || NOT_COUNTED.contains(reason)) {
            return;
        }
        Counts ofLoop = counts[home.index()];
        Count count = ofLoop.get(clientId);
        if (count == null || home.now() - count.since >= now.windowSeconds() * 1_000L) {
            ofLoop.remove(clientId); // to the end of the row
            count = new Count(home.now());
            ofLoop.put(clientId, count);
        }
        if (++count.times >= now.maxCount()) {
            ofLoop.remove(clientId);
            ban(clientId, now);
        }
    }

    private void ban(String clientId, FlappingSettings now) {
        String reason = now.maxCount() + " disconnects within " + now.windowSeconds() + " s";
        long from = wallClock.getAsLong();
        bans.addFromLoop(new Ban(Ban.Kind.CLIENTID, clientId, BY, reason, from, from + now.banSeconds() * 1_000L));
        long held = log.pass();
        if (held >= 0) {
            LOG.warn(
                    "banned for {} s: {} ({} more such lines held back) client={}",
                    now.banSeconds(),
                    reason,
                    held,
                    BanFile.oneLine(clientId.length() > 64 ? clientId.substring(0, 64) + "..." : clientId));
        }
    }
}
