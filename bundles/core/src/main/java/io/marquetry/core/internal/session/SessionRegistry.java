// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.mqtt.QoS;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.store.Journals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds sessions. Each loop has a map of the sessions that are at home there, touched by that loop only; the home is
 * told by the client identifier alone.
 */
public final class SessionRegistry {
    private final Home[] homes;
    private final List<Map<String, Session>> sessions = new ArrayList<>();
    private final Frames[] drains;
    private final Frames[] replacements;
    private final Turns[] turns;
    private final Router router;
    private final LongSupplier wallClock;
    private final Wills wills;
    private final RateLimitedLog exceeded;
    private final Journals journals;
    private final Bodies bodies = new Bodies();
    private final Shelf[] shelves;
    private final Endings[] endings;
    private final StoreWatch[] storeWatches;
    private final Pages pages;
    private final AtomicLong numbers = new AtomicLong();
    private volatile MqttSettings settings;

    /**
     * @param wallClock milliseconds since 1970
     * @param wills publishes their wills
     */
    public SessionRegistry(
            List<Home> homes, Router router, MqttSettings settings, LongSupplier wallClock, Wills wills) {
        this.homes = homes.toArray(Home[]::new);
        this.router = router;
        this.exceeded = new RateLimitedLog(this.homes[0]::now);
        this.settings = settings;
        this.journals = new Journals(
                homes,
                () -> this.settings.refuseHoldSeconds() * 1000L,
                () -> this.settings.updateHoldSeconds() * 1000L);
        this.wallClock = wallClock;
        this.wills = wills;
        this.shelves = homes.stream()
                .map(home -> new Shelf(home, journals.of(home), wallClock, bodies))
                .toArray(Shelf[]::new);
        this.endings =
                homes.stream().map(home -> new Endings(journals.of(home))).toArray(Endings[]::new);
        this.storeWatches =
                homes.stream().map(home -> new StoreWatch(home, journals)).toArray(StoreWatch[]::new);
        this.pages = new Pages(journals::store, shelves[0]::wallOffset, this.homes[0]::now);
        this.drains = new Frames[this.homes.length];
        Arrays.setAll(drains, i -> new Frames());
        this.replacements = new Frames[this.homes.length];
        Arrays.setAll(replacements, i -> new Frames());
        this.turns = homes.stream().map(home -> new Turns(home.loop())).toArray(Turns[]::new);
        homes.forEach(home -> sessions.add(new HashMap<>()));
    }

    /** The settings in force. */
    public MqttSettings settings() {
        return settings;
    }

    /** Takes other settings, for what happens from now on. */
    public void settings(MqttSettings changed) {
        settings = changed;
    }

    /** What is to survive of them. */
    public Journals journals() {
        return journals;
    }

    long nextNumber() {
        return numbers.incrementAndGet();
    }

    /** Where the session of this client lives. */
    public Home homeOf(String clientId) {
        int h = clientId.hashCode();
        return homes[Math.floorMod(h ^ h >>> 16, homes.length)];
    }

    /** Every home. */
    public List<Home> homes() {
        return List.of(homes);
    }

    /** The session of a client, or null; on its home loop. */
    public @Nullable Session find(Home home, String clientId) {
        return sessions.get(home.index()).get(clientId);
    }

    /** A new session, in place of none; on its home loop. */
    public Session create(Home home, String clientId) {
        home.counters().add(Metric.SESSION_CREATED);
        return create(home, clientId, wallTime());
    }

    /** As {@link #create(Home, String)}, for one that began earlier. */
    Session create(Home home, String clientId, long createdAt) {
        Session session = new Session(this, home, clientId, createdAt);
        Session before = sessions.get(home.index()).put(clientId, session);
        if (before != null) {
            throw new IllegalStateException("the session of " + clientId + " was not ended before a new one began");
        }
        home.counters().add(Metric.SESSIONS_COUNT);
        return session;
    }

    /** The sessions of one loop, on that loop. */
    public Collection<Session> all(Home home) {
        return sessions.get(home.index()).values();
    }

    /** Gives buffers back; no loop serves sessions any more. */
    public void close() {
        pages.close();
        for (Frames frames : drains) {
            frames.close();
        }
        for (Frames frames : replacements) {
            frames.close();
        }
    }

    /** Has queues read by others than threads of our own. */
    public void readers(Executor others) {
        pages.readers(others);
    }

    Pages pages() {
        return pages;
    }

    /** Where the sessions of a loop put what is to survive. */
    Shelf shelf(Home home) {
        return shelves[home.index()];
    }

    Bodies bodies() {
        return bodies;
    }

    /** Waits for the store in place of the sessions of a loop. */
    StoreWatch storeWatch(Home home) {
        return storeWatches[home.index()];
    }

    /** Session numbers up to this one were used. */
    void usedUpTo(long number) {
        numbers.accumulateAndGet(number, Math::max);
    }

    /** The end of a durable session was noted. */
    void ended(Session session) {
        endings[session.home().index()].add(session.clientId());
    }

    /** Whether a durable session of a client has ended, and that is not committed yet; on its home loop. */
    public boolean isEnding(Home home, String clientId) {
        return endings[home.index()].contains(clientId);
    }

    void remove(Session session) {
        Home home = session.home();
        if (sessions.get(home.index()).remove(session.clientId(), session)) {
            home.counters().add(Metric.SESSIONS_COUNT, -1);
            home.counters().add(Metric.SESSION_TERMINATED);
        }
    }

    /** Milliseconds since 1970, for people to read. */
    long wallTime() {
        return wallClock.getAsLong();
    }

    /** Lets a line through about a session that is ended for what it holds. */
    RateLimitedLog exceeded() {
        return exceeded;
    }

    Router router() {
        return router;
    }

    /** The turns in which sessions of a loop search retained messages. */
    Turns turns(Home home) {
        return turns[home.index()];
    }

    /** The frames with which queues of a loop are drained. */
    Frames drain(Home home) {
        return drains[home.index()];
    }

    /** The frames of a message that goes in the place of another. */
    public Frames replacement(Home home) {
        return replacements[home.index()];
    }

    /**
     * Publishes a will, on the loop of its session.
     *
     * @param survives whether it is in the store: then it stays there until it is with those it is for
     */
    void publishWill(Home home, Will will, boolean survives) {
        boolean isPromised = survives && will.message().qos() != QoS.AT_MOST_ONCE;
        wills.publish(home, will, isPromised ? shelf(home).underWay(will, nextNumber()) : () -> {});
    }

    /** Notes that the broker is alive, on the loop of a home; nothing else may have been noted for long. */
    public void signOfLife(Home home) {
        if (numbers.get() > 0) {
            shelf(home).alive();
        }
    }
}
