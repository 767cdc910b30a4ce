// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.router.RetainedCursor;
import io.marquetry.core.internal.router.Subscriber;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Part;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the broker remembers of a client, with or without a connection. It lives on one loop for its whole life: every
 * method but the three questions of {@link Subscriber} begins on that loop.
 */
public final class Session extends Subscriber {
    /** A session that never expires [MQTT-3.1.2.11.2]. */
    public static final long FOR_EVER = 4_294_967_295L;

    private final SessionRegistry registry;
    private final long createdAt;
    private long number;

    // For the life of the session.
    private Map<String, Subscription> subscriptions = Map.of();
    private @Nullable FilterAliases aliases;
    private @Nullable Outbox outbox;
    private @Nullable Inbox inbox;
    private long expirySeconds;
    private boolean pumping;
    /** Whether what waited for the client has not begun to leave. */
    private boolean resuming;

    private int queueLooked;
    private boolean exceeding;
    private @Nullable Overflow overflow;

    // While there is no connection.
    private @Nullable Absence absence;
    private long disconnectedAt;

    // For the life of one connection, and the will until it is published.
    private @Nullable Link link;
    private @Nullable Will will;

    // Read by other loops.
    private volatile boolean online;
    private volatile boolean full;
    private volatile boolean ended;

    Session(SessionRegistry registry, Home home, String clientId) {
        super(home, clientId);
        this.registry = registry;
        this.createdAt = registry.wallTime();
    }

    /** When it began, in milliseconds since 1970. */
    public long createdAt() {
        return createdAt;
    }

    /** When its last connection ended, in milliseconds since 1970; 0 while there is one. */
    public long disconnectedAt() {
        return disconnectedAt;
    }

    /** Its number in the store; never used again for another. 0 while it is not durable. */
    public long number() {
        return number;
    }

    Journal journal() {
        return registry.journals().of(home());
    }

    /** Stands for what is noted of a durable session until sessions note it themselves. */
    private void keep(Table table) {
        if (isDurable()) {
            journal()
                    .put(
                            table,
                            ByteBuffer.allocate(16)
                                    .putLong(number)
                                    .putLong(journal().changes())
                                    .array(),
                            new byte[0]);
        }
    }

    @Override
    public boolean isDurable() {
        return number != 0;
    }

    @Override
    public boolean isOnline() {
        return online;
    }

    @Override
    public boolean isFull() {
        return full;
    }

    @Override
    public boolean hasEnded() {
        return ended;
    }

    MqttSettings settings() {
        return registry.settings();
    }

    RateLimitedLog exceeded() {
        return registry.exceeded();
    }

    /** The connection, or null. */
    public @Nullable Link link() {
        return link;
    }

    // --- connections ---

    /**
     * A connection begins to serve this session.
     *
     * @param expiry how long the session outlives it, in seconds
     * @param itsWill its will, or null
     */
    public void attach(Link connection, long expiry, @Nullable Will itsWill) {
        assert home().loop().inLoop();
        endAbsence();
        link = connection;
        disconnectedAt = 0;
        expirySeconds = expiry;
        if (number == 0 && expiry > 0 && journal().isKept()) {
            number = registry.nextNumber();
        }
        keep(Table.SESSION);
        will = itsWill;
        online = true;
        lookNoMore();
        rightsChanged();
        if (outbox != null) {
            outbox.reconnected();
            resuming = true;
        }
    }

    /** Sets another expiry, as a DISCONNECT may [MQTT-3.14.2-2]. */
    public void expirySeconds(long expiry) {
        expirySeconds = expiry;
    }

    /** How long the session outlives its connection, in seconds. */
    public long expirySeconds() {
        return expirySeconds;
    }

    /** The client said goodbye properly: no will. */
    public void dropWill() {
        will = null;
    }

    /**
     * The connection has ended. Publishes the will, or waits with it; ends the session, or waits with that.
     *
     * @param connection which; ignored when another one serves the session already
     */
    public void detach(Link connection) {
        assert home().loop().inLoop();
        if (link != connection) {
            return;
        }
        link = null;
        online = false;
        forgetRetained();
        if (expirySeconds == 0) {
            end();
            return;
        }
        disconnectedAt = registry.wallTime();
        absence = new Absence(this, expirySeconds, will == null ? -1 : will.delaySeconds());
        absence.goOn();
    }

    /**
     * Publishes the will now, also one that waits: the connection is about to be ended by us.
     *
     * @return whether there was one
     */
    public boolean publishWill() {
        Will left = will;
        will = null;
        if (left != null) {
            registry.publishWill(left);
        }
        return left != null;
    }

    /** A new connection takes the session over: the old one's will is published unless it waits [MQTT-3.1.4-3]. */
    public void letGo() {
        Will left = will;
        link = null;
        online = false;
        forgetRetained();
        will = null;
        if (left != null && left.delaySeconds() == 0) {
            registry.publishWill(left);
        }
    }

    /** Ends the session: subscriptions and queue are gone, a will that waits is published [MQTT-3.1.3-9]. */
    public void end() {
        assert home().loop().inLoop();
        if (ended) {
            return;
        }
        endAbsence();
        Will left = will;
        will = null;
        link = null;
        online = false;
        full(false);
        ended = true;
        keep(Table.SESSION);
        subscriptions.values().forEach(registry.router()::unsubscribe);
        subscriptions = Map.of();
        registry.remove(this);
        if (outbox != null) {
            outbox.end(this::redispatch);
            outbox = null;
        }
        if (left != null) {
            registry.publishWill(left);
        }
    }

    private void redispatch(Delivery delivery) {
        Subscription share = delivery.share();
        boolean taken = share != null && registry.router().redispatch(delivery.publication(), share);
        home().counters().add(taken ? Metric.FATE_DROPPED_REDISPATCHED : Metric.FATE_DROPPED_NO_MEMBER);
    }

    private void endAbsence() {
        if (absence != null) {
            absence.cancel();
            absence = null;
        }
    }

    // --- subscriptions ---

    /** Its subscriptions. */
    public Collection<Subscription> subscriptions() {
        return subscriptions.values();
    }

    /** The subscription with this filter, or null. */
    public @Nullable Subscription subscription(String filter) {
        return subscriptions.get(filter);
    }

    /**
     * Subscribes, or changes the options of a subscription that is there [MQTT-3.8.4-3].
     *
     * @param identifier the subscription identifier, or 0
     * @return whether it is new
     */
    public boolean subscribe(TopicFilter filter, int qos, boolean noLocal, boolean retainAsPublished, int identifier) {
        assert home().loop().inLoop();
        Subscription known = subscriptions.get(filter.text());
        if (known != null) {
            known.options(qos, noLocal, retainAsPublished, identifier);
            return false;
        }
        Subscription subscription = new Subscription(this, filter);
        subscription.options(qos, noLocal, retainAsPublished, identifier);
        keep(Table.SUBSCRIPTION);
        if (subscriptions.isEmpty()) {
            subscriptions = new LinkedHashMap<>(4);
        }
        subscriptions.put(filter.text(), subscription);
        registry.router().subscribe(subscription);
        return true;
    }

    /** Unsubscribes; returns whether there was such a subscription. */
    public boolean unsubscribe(String filter) {
        assert home().loop().inLoop();
        Subscription subscription = subscriptions.isEmpty() ? null : subscriptions.remove(filter);
        if (subscription == null) {
            return false;
        }
        registry.router().unsubscribe(subscription);
        RetainedFeed feed = outbox == null ? null : outbox.retained();
        if (feed != null) {
            feed.remove(subscription);
        }
        keep(Table.SUBSCRIPTION);
        return true;
    }

    /** Under which filters the broker knows subscriptions that hooks have changed. */
    public FilterAliases aliases() {
        if (aliases == null) {
            aliases = new FilterAliases();
        }
        return aliases;
    }

    /** Whether a hook has ever changed a subscription of the client. */
    public boolean hasAliases() {
        return aliases != null;
    }

    /** Sends retained messages that a subscription asked for, as fast as the client takes them. */
    public void sendRetained(RetainedCursor messages, Subscription subscription) {
        RetainedFeed feed = outbox == null ? null : outbox.retained();
        if (feed == null) {
            feed = new RetainedFeed(this, registry.turns(home()));
        }
        feed.add(subscription, messages);
        // Mostly there are none, and a session that gets nothing but QoS 0 has no outbox.
        if (outbox != null || feed.peek() != null || !feed.isEmpty()) {
            outbox().retained(feed);
            pump();
        }
    }

    /** The loop has time to search retained messages for this session. */
    void itsTurn() {
        RetainedFeed feed = outbox == null ? null : outbox.retained();
        if (feed != null) {
            feed.itsTurn();
            pump();
        }
    }

    /** Retained messages are sent to who is there. */
    private void forgetRetained() {
        if (outbox != null) {
            outbox.retained(null);
        }
    }

    // --- rights ---

    @Override
    public String asked(Subscription subscription) {
        String sent =
                aliases == null ? null : aliases.sent(subscription.filter().text());
        return sent == null
                ? super.asked(subscription)
                : TopicFilter.parse(sent).filter();
    }

    @Override
    protected void look(Subscription subscription, int its) {
        Link connection = link;
        if (connection != null) {
            connection.look(subscription, its);
        }
        // Whom nobody is connected for cannot be asked about: its messages wait, and are judged when it is back.
    }

    /** {@inheritDoc} What is withheld is looked at now: in a shared group it gets nothing that would make it so. */
    @Override
    public void rightsChanged() {
        super.rightsChanged();
        if (isAnyWithheld()) {
            int epoch = registry.router().policy().now();
            List.copyOf(subscriptions.values()).forEach(s -> {
                if (s.isWithheld()) {
                    admits(s, epoch);
                }
            });
        }
    }

    /** An operator, or an extension, says that this client's rights are others. */
    public void forgetRights() {
        if (link != null) {
            link.forgetRights();
        }
        rightsChanged();
        pump();
    }

    @Override
    public void looking(int change) {
        super.looking(change);
        if (looking() == 0 && resuming && change < 0) {
            pump();
        }
    }

    /** What waited may have come by a subscription to which there is no right any more. */
    private void lookAgain() {
        int epoch = registry.router().policy().now();
        int now = rights(epoch);
        if (queueLooked != now) {
            queueLooked = now;
            super.looking(1); // an answer that is there at once must not let the queue go before the others are asked
            List.copyOf(subscriptions.values()).forEach(s -> admits(s, epoch));
            super.looking(-1);
        }
    }

    /** Whether a message that waited is not to leave: what matches it is withheld. */
    boolean isWithheld(Delivery delivery) {
        return isAnyWithheld() && delivery.isWithheld(subscriptions.values());
    }

    // --- messages in ---

    /** The QoS 2 messages received and not released. */
    public Inbox inbox() {
        if (inbox == null) {
            inbox = new Inbox(this);
        }
        return inbox;
    }

    /** How many QoS 2 messages were received and not released. */
    public int awaitingRel() {
        return inbox == null ? 0 : inbox.size();
    }

    // --- messages out ---

    @Override
    public void deliver(
            Frames frames, int qos, boolean retain, int @Nullable [] subscriptionIds, @Nullable Subscription share) {
        if (qos > 0 && isDurable()) {
            Part part = frames.part();
            if (part == null) {
                keep(Table.QUEUE);
            } else {
                part.batch()
                        .put(Table.QUEUE, ByteBuffer.allocate(8).putLong(number).array(), new byte[0]);
            }
        }
        Link connection = link;
        Outbox waiting = outbox;
        if (connection != null && (waiting == null || waiting.isIdle()) && connection.isWritable()) {
            if (qos == 0) {
                Frames sent = connection.firstSent(frames, 0, retain);
                if (sent != null && connection.isTooLarge(sent, 0, subscriptionIds)) {
                    dropTooLarge();
                } else if (sent != null) {
                    connection.publish(sent, 0, retain, false, 0, subscriptionIds);
                }
                return;
            }
            waiting = outbox();
            if (waiting.hasRoom(connection)) {
                send(waiting, connection, frames, qos, retain, subscriptionIds, share);
                return;
            }
        }
        if (qos == 0 && !settings().mqueueStoreQos0()) {
            home().counters().add(Metric.FATE_DROPPED_QOS0_NOT_STORED);
            home().counters().add(Metric.DELIVERY_DROPPED_QOS0_MSG);
            home().counters().add(Metric.DELIVERY_DROPPED);
            return;
        }
        outbox().enqueue(new Delivery(frames.publication(), qos, retain, subscriptionIds, share));
    }

    private void send(
            Outbox window,
            Link connection,
            Frames frames,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Subscription share) {
        Frames sent = connection.firstSent(frames, qos, retain);
        if (sent == null) {
            return;
        }
        if (connection.isTooLarge(sent, qos, subscriptionIds)) {
            dropTooLarge();
            return;
        }
        // What ends with its connection is never sent again, so nothing is kept of it.
        Delivery kept = expirySeconds == 0 && share == null
                ? null
                : new Delivery(sent.publication(), qos, retain, subscriptionIds, share);
        window.send(connection, sent, qos, retain, subscriptionIds, kept);
    }

    private void dropTooLarge() {
        home().counters().add(Metric.FATE_DROPPED_TOO_LARGE);
        home().counters().add(Metric.DELIVERY_DROPPED_TOO_LARGE);
        home().counters().add(Metric.DELIVERY_DROPPED);
    }

    /** Sends what waits, as far as the client takes it now. */
    public void pump() {
        assert home().loop().inLoop();
        Link connection = link;
        if (connection == null || outbox == null || pumping) {
            return;
        }
        lookAgain();
        if (resuming && looking() > 0) {
            return; // the last answer brings us back
        }
        resuming = false;
        if (outbox.pump(connection, registry.drain(home()))) {
            pumping = true;
            home().loop().execute(() -> {
                pumping = false;
                pump();
            });
        }
    }

    /** PUBACK; returns whether the identifier was in use. */
    public boolean pubAck(int packetId, boolean success) {
        boolean known = outbox != null && outbox.pubAck(packetId, success);
        pump();
        return known;
    }

    /** PUBREC; returns whether PUBREL is to follow. */
    public boolean pubRec(int packetId, boolean success) {
        boolean release = outbox != null && outbox.pubRec(packetId, success);
        keep(Table.INFLIGHT);
        pump();
        return release;
    }

    /** PUBCOMP; returns whether the identifier was in use. */
    public boolean pubComp(int packetId) {
        boolean known = outbox != null && outbox.pubComp(packetId);
        pump();
        return known;
    }

    /** How many messages wait. */
    public int queueLength() {
        return outbox == null ? 0 : outbox.queueLength();
    }

    /** How many messages are in flight to the client. */
    public int inflight() {
        return outbox == null ? 0 : outbox.inflight();
    }

    /** How many bytes the messages that wait and those in flight have. */
    public long outboxBytes() {
        return outbox == null ? 0 : outbox.bytes();
    }

    /** How many messages were dropped since the session began, since its queue was full. */
    public long dropped() {
        return overflow == null ? 0 : overflow.ever();
    }

    // --- its share ---

    /** Ends the session in a later turn when its client makes the broker hold more than a client may. */
    public void checkShare() {
        if (!exceeding && !ended && Share.isExceeded(this)) {
            exceeding = true;
        }
    }

    private Outbox outbox() {
        if (outbox == null) {
            outbox = new Outbox(this);
        }
        return outbox;
    }

    void full(boolean now) {
        if (full != now) {
            full = now;
            subscriptions.values().forEach(s -> registry.router().markFull(s, now));
        }
    }

    /** A message found no room, and its publisher was not to be told. */
    void queueRefused() {
        overflow().refused();
    }

    private Overflow overflow() {
        if (overflow == null) {
            overflow = new Overflow(this);
        }
        return overflow;
    }

    void queueOverflowed(Delivery dropped) {
        overflow().dropped(dropped, outbox().bytes());
    }
}
