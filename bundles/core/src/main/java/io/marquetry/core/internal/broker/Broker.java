// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.broker;

import io.marquetry.api.admin.Clients;
import io.marquetry.api.admin.Subscriptions;
import io.marquetry.api.mqtt.ReasonCode;
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
import io.marquetry.core.internal.session.SessionRegistry;
import io.marquetry.core.internal.session.Will;
import io.marquetry.core.internal.sys.Statistics;
import io.marquetry.core.internal.sys.SysTopics;
import io.marquetry.core.port.Door;
import io.marquetry.core.port.Loop;
import io.marquetry.core.port.Tally;
import io.marquetry.core.port.Wire;
import io.marquetry.core.port.WireHandler;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
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
    private final BrokerContext context;

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
        this.router = new Router(homes, mqtt);
        this.retained = new RetainedMessages(retainedSettings, clock, budget);
        // A session publishes its will by the router, and the registry that makes sessions is needed for that: a
        // circle.
        Wills wills = new Wills();
        this.sessions = new SessionRegistry(homes, router, mqtt, wallClock, wills);
        this.hooks = hooks;
        this.clients = new BrokerClients(sessions);
        this.subscriptions = new BrokerSubscriptions(sessions, router);
        wills.publisher = new WillPublisher(
                router, retained, hooks, () -> sessions.settings().messageExpirySeconds(), clock);
        wills.sessions = sessions;
        this.statistics = new Statistics(homes, router, retained, listeners::counters, this::gauges);
        this.sys =
                new SysTopics(node.name(), version, router, retained, statistics, homes.get(0), wallClock, sysSettings);
        this.context = new BrokerContext(sessions, router, retained, hooks, sys, listeners, wallClock);
    }

    private static final class Wills implements Consumer<Will> {
        private @Nullable WillPublisher publisher;
        private @Nullable SessionRegistry sessions;

        @Override
        public void accept(Will will) {
            if (publisher != null && sessions != null) {
                publisher.publish(sessions.homeOf(will.client().clientId()), will);
            }
        }
    }

    /** Begins to publish about itself. */
    public void start() {
        sys.start();
    }

    /** Takes other settings. */
    public void settings(MqttSettings changed) {
        sessions.settings(changed);
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

    /** What is counted. */
    public Statistics statistics() {
        return statistics;
    }

    /** What is counted for each listener. */
    public ListenerStats listeners() {
        return listeners;
    }

    private SortedMap<String, Long> gauges() {
        SortedMap<String, Long> result = listeners.gauges();
        result.put("node.bytes", budget.bytes());
        result.put("node.high_water", budget.highWater());
        return result;
    }

    /** Removes expired retained messages; takes its time, so not for a loop. */
    public void sweep() {
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
     * Says goodbye to everyone; wills that wait are published too, since nobody will do it later.
     *
     * @return completes when that is done on every loop
     */
    public CompletionStage<?> shutDown() {
        sys.stop();
        return end(session -> true);
    }

    /** Gives buffers back; to be called when the loops have ended. */
    public void close() {
        router.close();
        sessions.close();
    }

    private CompletionStage<?> end(Predicate<Session> which) {
        return SessionWalk.everywhere(sessions, session -> {
                    if (!which.test(session)) {
                        return 1;
                    }
                    session.publishWill();
                    return LOOKS_TO_END;
                })
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
