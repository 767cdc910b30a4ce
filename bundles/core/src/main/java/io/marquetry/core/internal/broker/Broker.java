// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.Access;
import io.marquetry.api.admin.Ban;
import io.marquetry.api.admin.Clients;
import io.marquetry.api.admin.Storage;
import io.marquetry.api.admin.Subscriptions;
import io.marquetry.api.auth.Policy;
import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.Store.Durability;
import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.ban.BanList;
import io.marquetry.core.internal.ban.Flapping;
import io.marquetry.core.internal.client.LocalPorts;
import io.marquetry.core.internal.config.FlappingSettings;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.NodeSettings;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.core.internal.connection.BrokerContext;
import io.marquetry.core.internal.connection.Connection;
import io.marquetry.core.internal.connection.ListenerStats;
import io.marquetry.core.internal.connection.WillPublisher;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.router.RetainedMessages;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.session.Link;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.session.SessionRecovery;
import io.marquetry.core.internal.session.SessionRegistry;
import io.marquetry.core.internal.session.Will;
import io.marquetry.core.internal.session.Wills;
import io.marquetry.core.internal.store.Journals;
import io.marquetry.core.internal.store.Layout;
import io.marquetry.core.internal.sys.Statistics;
import io.marquetry.core.internal.sys.SysTopics;
import io.marquetry.core.port.Door;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Tally;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The whole broker without sockets: loops and clocks come from outside, so that it also runs inside a test on a clock
 * that is moved by hand.
 */
public final class Broker implements Door {
    /** To publish a will or to close a socket takes as long as so many looks at a session. */
    private static final int LOOKS_TO_END = 10;
    /** So often at least the store is told that the broker is alive. */
    private static final int SIGN_OF_LIFE_MILLIS = 30_000;

    private final List<Loop> loops;
    private final Budget budget = new Budget();
    private final List<Home> homes;
    private final Router router;
    private final RetainedMessages retained;
    private final Hooks hooks;
    private final SessionRegistry sessions;
    private final ListenerStats listeners = new ListenerStats();
    private final Statistics statistics;
    private final SysTopics sys;
    private final Clients clients;
    private final Subscriptions subscriptions;
    private final BanList bans;
    private final Flapping flapping;
    private final BrokerAccess access;
    private final BrokerStorage storage;
    private final BrokerContext context;
    private final LocalPorts ports;

    /**
     * @param clock milliseconds that never go back
     * @param wallClock milliseconds since 1970
     */
    public Broker(
            List<Loop> loops,
            LongSupplier clock,
            LongSupplier wallClock,
            NodeSettings node,
            String version,
            MqttSettings mqtt,
            RetainedSettings retainedSettings,
            SysSettings sysSettings,
            Hooks hooks) {
        this.loops = List.copyOf(loops);
        this.budget.water(mqtt.nodeHighWaterBytes(), mqtt.nodeLowWaterBytes());
        this.homes = loops.stream().map(loop -> new Home(loop, clock, budget)).toList();
        this.router = new Router(homes, mqtt, hooks.policy());
        this.retained = new RetainedMessages(retainedSettings, clock, wallClock, budget);
        // A session publishes its will by the router, and the registry that makes sessions is needed for that: a
        // circle.
        Circle wills = new Circle();
        this.sessions = new SessionRegistry(homes, router, mqtt, wallClock, wills);
        this.retained.keepIn(sessions.journals(), homes);
        this.hooks = hooks;
        this.clients = new BrokerClients(sessions);
        this.subscriptions = new BrokerSubscriptions(sessions, router);
        this.access = new BrokerAccess(sessions, hooks);
        wills.publisher = new WillPublisher(
                router,
                retained,
                hooks,
                sessions.journals(),
                () -> sessions.settings().messageExpirySeconds(),
                clock);
        this.storage = new BrokerStorage(sessions, retained);
        this.statistics = new Statistics(homes, router, retained, this::counters, this::gauges);
        this.sys =
                new SysTopics(node.name(), version, router, retained, statistics, homes.get(0), wallClock, sysSettings);
        this.bans = new BanList(wallClock, this::endBanned);
        this.flapping = new Flapping(bans, homes, wallClock);
        this.context = new BrokerContext(sessions, router, retained, hooks, sys, listeners, bans, flapping, wallClock);
        this.ports = new LocalPorts(homes, wire -> new Connection(context, wire));
    }

    private static final class Circle implements Wills {
        private @Nullable WillPublisher publisher;

        @Override
        public void publish(Home home, Will will, Runnable done) {
            if (publisher != null) {
                publisher.publish(home, will, done);
            }
        }
    }

    /** Begins to publish about itself. */
    public void start() {
        sys.start();
    }

    /** One for each loop. */
    public List<Home> homes() {
        return homes;
    }

    /** What is to survive, and the store that it goes to. */
    public Journals journals() {
        return sessions.journals();
    }

    /**
     * Reads everything from a store, before the door opens. Takes its time, so not for a loop.
     *
     * @param durability what a commit outlives from now on
     * @param marked takes the name of the store, as of {@link Layout#check}
     * @return completes when everything is in its place, and what happens from then on is kept
     * @throws StoreException when the store cannot be read, or is not one of ours; the door must stay closed
     */
    public CompletionStage<?> recover(Store store, Durability durability, Consumer<String> marked)
            throws StoreException {
        Layout.check(store, marked);
        retained.recover(store);
        SessionRecovery recovery = new SessionRecovery(sessions, retained);
        recovery.read(store);
        return everyLoop().thenRun(() -> {
            journals().begin(store, durability);
            recovery.goOn();
            homes.get(0).mailbox().post(this::signOfLife);
        });
    }

    private void signOfLife() {
        sessions.signOfLife(homes.get(0));
        homes.get(0).loop().schedule(this::signOfLife, SIGN_OF_LIFE_MILLIS);
    }

    /** Has queues read from the store by others than threads of our own. */
    public void readers(Executor others) {
        sessions.readers(others);
    }

    /** Completes when every loop has done what was posted to it until now. */
    private CompletableFuture<Void> everyLoop() {
        return CompletableFuture.allOf(homes.stream()
                .map(home -> {
                    CompletableFuture<Void> done = new CompletableFuture<>();
                    home.mailbox().post(() -> done.complete(null));
                    return done;
                })
                .toArray(CompletableFuture[]::new));
    }

    /** Takes other settings. */
    public void settings(MqttSettings changed) {
        boolean decides = changed.decidesAs(sessions.settings());
        sessions.settings(changed);
        if (!decides) {
            hooks.policy().move();
        }
        budget.water(changed.nodeHighWaterBytes(), changed.nodeLowWaterBytes());
        router.settings(changed);
    }

    /** Takes other bounds of the retained messages. */
    public void settings(RetainedSettings changed) {
        retained.settings(changed);
    }

    /** Takes other settings of what is published under {@code $SYS}. */
    public void settings(SysSettings changed) {
        sys.settings(changed);
    }

    /** Takes other settings of whom the broker bans by itself. */
    public void settings(FlappingSettings changed) {
        flapping.settings(changed);
    }

    /** Every extension in the path. */
    public Hooks hooks() {
        return hooks;
    }

    /** Who is there. */
    public Clients clients() {
        return clients;
    }

    /** Who subscribes to what. */
    public Subscriptions subscriptions() {
        return subscriptions;
    }

    /** Who may not connect. */
    public BanList bans() {
        return bans;
    }

    /** Who may do what. */
    public Access access() {
        return access;
    }

    /** What is remembered of that. */
    public Policy policy() {
        return access;
    }

    /** What is kept on disk. */
    public Storage storage() {
        return storage;
    }

    /** Looks at the store, so that the metrics tell how it is; may wait for the disk, so not for a loop. */
    public void lookAtStorage() {
        storage.look();
    }

    /** Where gateways enter. */
    public LocalPorts ports() {
        return ports;
    }

    /** What is counted. */
    public Statistics statistics() {
        return statistics;
    }

    /** What is counted for each listener. */
    public ListenerStats listeners() {
        return listeners;
    }

    private SortedMap<String, Long> counters() {
        SortedMap<String, Long> result = listeners.counters();
        storage.counters(result);
        return result;
    }

    private SortedMap<String, Long> gauges() {
        SortedMap<String, Long> result = listeners.gauges();
        storage.gauges(result);
        result.put("node.bytes", budget.bytes());
        result.put("node.high_water", budget.highWater());
        return result;
    }

    /** Removes expired retained messages and bans; takes its time, so not for a loop. */
    public void sweep() {
        bans.sweep();
        int swept = retained.sweep();
        if (swept > 0) {
            org.slf4j.LoggerFactory.getLogger(Broker.class).debug("{} expired retained messages were removed", swept);
        }
    }

    // --- the door ---

    @Override
    public List<Loop> loops() {
        return loops;
    }

    @Override
    public WireHandler open(Wire wire) {
        return new Connection(context, wire);
    }

    @Override
    public boolean anonymousAccess() {
        return hooks.authenticators().isEmpty()
                && !hooks.isDoorShut()
                && !sessions.settings().allowAnonymous();
    }

    @Override
    public Tally tally(String listener) {
        return listeners.of(listener);
    }

    /** Whether so much is in memory that nobody new is let in; callable from any thread. */
    public boolean isBusy() {
        return budget.isBusy();
    }

    // --- the end ---

    @Override
    public CompletionStage<?> endConnections(String listener) {
        return end(session -> {
            Link link = session.link();
            return link != null && link.client().listener().equals(listener);
        });
    }

    /**
     * Says goodbye to everyone; wills that wait are published too, unless they survive: nobody would do it later.
     *
     * @return completes when that is done on every loop
     */
    public CompletionStage<?> shutDown() {
        sys.stop();
        return end(session -> true);
    }

    /** Gives buffers back; to be called when the loops have ended. */
    public void close() {
        bans.close();
        router.close();
        sessions.close();
    }

    /** Ends the connections that a new ban speaks about; who connects meanwhile has seen the ban. */
    private void endBanned(Ban ban) {
        Predicate<ClientInfo> speaksAbout = bans.speaksAbout(ban);
        if (ban.as() == Ban.Kind.CLIENTID) {
            Home home = sessions.homeOf(ban.who());
            home.mailbox().post(() -> {
                Session session = sessions.find(home, ban.who());
                if (session != null) {
                    endBanned(session, speaksAbout);
                }
            });
            return;
        }
        var unused = SessionWalk.everywhere(sessions, session -> endBanned(session, speaksAbout));
    }

    private static int endBanned(Session session, Predicate<ClientInfo> speaksAbout) {
        Link link = session.link();
        if (link == null || !speaksAbout.test(link.client())) {
            return 1;
        }
        link.end(ReasonCode.BANNED);
        return LOOKS_TO_END;
    }

    private CompletionStage<?> end(Predicate<Session> which) {
        return SessionWalk.everywhere(
                        sessions, session -> which.test(session) && session.publishLastWill() ? LOOKS_TO_END : 1)
                // Wills for other loops are in mailboxes now; the next round is behind them.
                .thenCompose(ignored -> SessionWalk.everywhere(sessions, session -> {
                    Link link = session.link();
                    if (link == null || !which.test(session)) {
                        return 1;
                    }
                    link.end(ReasonCode.SERVER_SHUTTING_DOWN);
                    return LOOKS_TO_END;
                }));
    }
}
