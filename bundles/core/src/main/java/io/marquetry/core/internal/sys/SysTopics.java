// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.sys;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.codec.Packet;
import io.marquetry.core.internal.config.SysSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Messages;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Match;
import io.marquetry.core.internal.router.RetainedMessages;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.port.Wire;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the broker publishes about itself under {@code $SYS/brokers}. Nothing is built that nobody subscribes to. What
 * happens to a client is published on that client's loop, the rest on the first loop.
 */
public final class SysTopics {
    private static final String ROOT = "$SYS/brokers";
    private static final String DESCRIPTION = "Marquetry";
    private static final int MOST_TOPIC_BYTES = 65_535;

    private final String node;
    private final String version;
    private final String prefix;
    private final String accounting;
    private final Router router;
    private final RetainedMessages retained;
    private final Statistics statistics;
    private final Home first;
    private final LongSupplier wallClock;
    private final long startedAt;
    private volatile SysSettings settings;
    private volatile boolean stopped;
    /** Grows with each start, so that what an earlier one scheduled ends; on the first loop. */
    private int round;

    /**
     * @param first the loop that publishes at intervals
     * @param wallClock milliseconds since 1970
     */
    public SysTopics(
            String node,
            String version,
            Router router,
            RetainedMessages retained,
            Statistics statistics,
            Home first,
            LongSupplier wallClock,
            SysSettings settings) {
        this.node = node;
        this.version = version;
        this.prefix = ROOT + "/" + node + "/";
        this.accounting = prefix + "accounting";
        this.router = router;
        this.retained = retained;
        this.statistics = statistics;
        this.first = first;
        this.wallClock = wallClock;
        this.startedAt = first.now();
        this.settings = settings;
    }

    /** Takes other settings; intervals count from now. */
    public void settings(SysSettings changed) {
        settings = changed;
        start();
    }

    /** Begins to publish at intervals. */
    public void start() {
        first.loop().execute(() -> {
            round++;
            describe();
            messages(round);
            heartbeat(round);
        });
    }

    /** Publishes no more. */
    public void stop() {
        stopped = true;
    }

    private void describe() {
        publish(first, ROOT, true, () -> bytes(node));
        publish(first, prefix + "version", true, () -> bytes(version));
        publish(first, prefix + "sysdescr", true, () -> bytes(DESCRIPTION));
    }

    private void messages(int itsRound) {
        int seconds = settings.messageIntervalSeconds();
        if (stopped || seconds == 0 || itsRound != round) {
            return;
        }
        statistics
                .gauges()
                .forEach((name, value) ->
                        publish(first, prefix + "stats/" + name.replace('.', '/'), false, () -> bytes("" + value)));
        statistics
                .counters()
                .forEach((name, value) ->
                        publish(first, prefix + "metrics/" + name.replace('.', '/'), false, () -> bytes("" + value)));
        first.loop().schedule(() -> messages(itsRound), seconds * 1000L);
    }

    private void heartbeat(int itsRound) {
        int seconds = settings.heartbeatIntervalSeconds();
        if (stopped || seconds == 0 || itsRound != round) {
            return;
        }
        publish(first, prefix + "uptime", false, () -> bytes("" + (first.now() - startedAt)));
        publish(first, prefix + "datetime", false, () -> bytes(now()));
        first.loop().schedule(() -> heartbeat(itsRound), seconds * 1000L);
    }

    private String now() {
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(Instant.ofEpochMilli(wallClock.getAsLong())
                .truncatedTo(ChronoUnit.SECONDS)
                .atZone(ZoneId.systemDefault()));
    }

    /** The answer to a subscription for a topic whose content is made when it is asked for, or null. */
    public @Nullable Publication onDemand(String filter) {
        if (!filter.equals(accounting) && !filter.equals(ROOT + "/+/accounting")) {
            return null;
        }
        return Messages.publication(
                Message.of(accounting, statistics.accountingJson(), QoS.AT_MOST_ONCE, true), first.now(), 0);
    }

    /** A client has connected; on its loop. */
    public void connected(Home home, ClientInfo client, Wire wire, long expirySeconds, long now) {
        if (settings.clientConnected()) {
            publish(
                    home,
                    clientTopic(client, "connected"),
                    false,
                    () -> describe(client, wire)
                            .with("keepalive", client.keepAliveSeconds())
                            .with("clean_start", client.cleanStart())
                            .with("expiry_interval", expirySeconds * 1000)
                            .with("connected_at", client.connectedAt())
                            .with("ts", now)
                            .bytes());
        }
    }

    /** A connection has ended; on its loop. */
    public void disconnected(Home home, ClientInfo client, Wire wire, String reason, long now) {
        if (settings.clientDisconnected()) {
            publish(
                    home,
                    clientTopic(client, "disconnected"),
                    false,
                    () -> describe(client, wire)
                            .with("reason", reason)
                            .with("connected_at", client.connectedAt())
                            .with("disconnected_at", now)
                            .with("ts", now)
                            .bytes());
        }
    }

    /**
     * A client has subscribed; on its loop.
     *
     * @param filter as the broker knows it, with the mountpoint: this is what topics are published to
     */
    public void subscribed(
            Home home,
            ClientInfo client,
            String filter,
            Packet.Subscribe.Request request,
            int grantedQos,
            boolean isNew,
            long now) {
        if (settings.clientSubscribed()) {
            publish(
                    home,
                    clientTopic(client, "subscribed"),
                    false,
                    () -> subject(client)
                            .with("topic", filter)
                            .with(
                                    "subopts",
                                    new Json()
                                            .with("qos", grantedQos)
                                            .with("nl", request.noLocal() ? 1 : 0)
                                            .with("rap", request.retainAsPublished() ? 1 : 0)
                                            .with("rh", request.retainHandling())
                                            .with("is_new", isNew))
                            .with("ts", now)
                            .bytes());
        }
    }

    /** A client has unsubscribed; on its loop. The filter is told as in {@link #subscribed}. */
    public void unsubscribed(Home home, ClientInfo client, String filter, long now) {
        if (settings.clientUnsubscribed()) {
            publish(
                    home,
                    clientTopic(client, "unsubscribed"),
                    false,
                    () -> subject(client).with("topic", filter).with("ts", now).bytes());
        }
    }

    private String clientTopic(ClientInfo client, String event) {
        // A client may be called as a wildcard is written, a topic may not [MQTT-3.3.2-2].
        String id = client.clientId().replace("+", "%2B").replace("#", "%23");
        return prefix + "clients/" + id + "/" + event;
    }

    private static Json subject(ClientInfo client) {
        return new Json()
                .with("clientid", client.clientId())
                .with("username", client.username() == null ? "undefined" : client.username())
                .with("protocol", "mqtt");
    }

    private static Json describe(ClientInfo client, Wire wire) {
        InetSocketAddress remote = client.remoteAddress();
        InetSocketAddress local = wire.localAddress();
        return subject(client)
                .with(
                        "ipaddress",
                        remote == null || remote.getAddress() == null
                                ? ""
                                : remote.getAddress().getHostAddress())
                .with("sockport", local == null ? 0 : local.getPort())
                .with("proto_name", client.version().protocolName())
                .with("proto_ver", client.version().level());
    }

    private void publish(Home home, String topic, boolean retain, Supplier<byte[]> payload) {
        byte[] name = bytes(topic);
        if (name.length > MOST_TOPIC_BYTES) {
            return; // the client identifier alone nearly fills a topic name; its events have none
        }
        Match match = router.match(home, name, name.length);
        if (match.isEmpty() && !retain) {
            return;
        }
        Publication publication = Publication.of(name, new byte[0], payload.get(), 0, retain, Publication.NEVER);
        home.counters().add(Metric.FATE_RECEIVED);
        if (retain) {
            retained.put(publication);
        }
        Frames frames = router.frames(home);
        frames.begin(publication, home.now());
        try {
            boolean routed = router.route(home, frames, match, null);
            home.counters().add(routed ? Metric.FATE_ROUTED : Metric.FATE_NO_SUBSCRIBERS);
        } finally {
            frames.end();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
