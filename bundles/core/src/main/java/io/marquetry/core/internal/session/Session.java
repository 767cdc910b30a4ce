// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.router.RetainedCursor;
import io.marquetry.core.internal.router.Subscriber;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Receipt;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the broker remembers of a client, with or without a connection. It lives on one loop for its whole life: every
 * method but the three questions of {@link Subscriber} begins on that loop.
 */
public final class Session extends Subscriptions {
    /** A session that never expires [MQTT-3.1.2.11.2]. */
    public static final long FOR_EVER = 4_294_967_295L;

    private final SessionRegistry registry;
    private final long createdAt;

    // For the life of the session.
    private final Departure departure;
    private @Nullable Durable durable;
    private @Nullable Outbox outbox;
    private @Nullable Inbox inbox;
    private boolean exceeding;

    // For the life of one connection.
    private @Nullable Link link;

    // Read by other loops.
    private volatile boolean online;
    private volatile boolean full;
    private volatile boolean ended;

    Session(SessionRegistry registry, Home home, String clientId, long createdAt) {
        super(home, clientId, registry.router());
        this.registry = registry;
        this.createdAt = createdAt;
        this.departure = new Departure(this, registry);
    }

    /** When it began, in milliseconds since 1970. */
    public long createdAt() {
        return createdAt;
    }

    /** When its last connection ended, in milliseconds since 1970; 0 while there is one. */
    public long disconnectedAt() {
        return departure.at();
    }

    /** Its number in the store; never used again for another. 0 while it is not durable. */
    public long number() {
        return durable == null ? 0 : durable.number();
    }

    Journal journal() {
        return registry.journals().of(home());
    }

    @Override
    @Nullable
    Durable durable() {
        return durable;
    }

    /** Notes how it is now; its subscriptions and messages are noted as they come and go. */
    void note() {
        if (durable != null) {
            durable.session(departure.record(createdAt));
        }
    }

    @Override
    public boolean isDurable() {
        return durable != null;
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

    @Override
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
        departure.putOff(expiry, itsWill);
        link = connection;
        if (durable == null && expiry > 0 && journal().isKept()) {
            durable = new Durable(this, registry.shelf(home()), registry.nextNumber());
        }
        online = true;
        lookNoMore();
        rightsChanged();
        if (outbox != null) {
            outbox.reconnected();
        }
        note();
    }

    /**
     * It is as a broker before us has left it; its subscriptions and messages follow.
     *
     * @param number its number in the store
     */
    void restore(long number, SessionRecord record) {
        durable = new Durable(this, registry.shelf(home()), number);
        departure.restore(record);
    }

    /**
     * Everything of it is restored: it waits for its client, from the time on when that left.
     *
     * @param alive when a broker was last alive, for a client that has not left
     */
    void restored(long alive) {
        if (!ended && link == null) {
            departure.restored(alive);
            if (outbox != null) {
                outbox.waiting().restored();
            }
        }
    }

    /** Sets another expiry, as a DISCONNECT may [MQTT-3.14.2-2]. */
    public void expirySeconds(long expiry) {
        departure.expirySeconds(expiry);
    }

    /** How long the session outlives its connection, in seconds. */
    public long expirySeconds() {
        return departure.expirySeconds();
    }

    /** The client said goodbye properly: no will. */
    public void dropWill() {
        if (departure.takeWill() != null) {
            note();
        }
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
        restRetained();
        if (departure.expirySeconds() == 0) {
            end();
            return;
        }
        if (outbox != null) {
            outbox.waiting().disconnected();
        }
        departure.begin();
    }

    /**
     * Publishes the will now, also one that waits: the connection is about to be ended by us.
     *
     * @return whether there was one
     */
    public boolean publishWill() {
        Will left = departure.takeWill();
        if (left != null) {
            note();
            registry.publishWill(home(), left, durable != null);
        }
        return left != null;
    }

    /** As {@link #publishWill}, when the broker ends: a will that waits and survives is published by the next one. */
    public boolean publishLastWill() {
        return (link != null || durable == null) && publishWill();
    }

    /** A new connection takes the session over: the old one's will is published unless it waits [MQTT-3.1.4-3]. */
    public void letGo() {
        Will left = departure.takeWill();
        link = null;
        online = false;
        restRetained();
        if (left != null && left.delaySeconds() == 0) {
            registry.publishWill(home(), left, durable != null);
        }
    }

    /** Ends the session: subscriptions and queue are gone, a will that waits is published [MQTT-3.1.3-9]. */
    public void end() {
        assert home().loop().inLoop();
        if (ended) {
            return;
        }
        Will left = departure.end();
        link = null;
        online = false;
        full(false);
        ended = true;
        endSubscriptions();
        registry.remove(this);
        if (durable != null) {
            durable.end(subscriptions(), awaitingRel());
            registry.ended(this);
        }
        if (outbox != null) {
            outbox.end();
            outbox = null;
        }
        if (left != null) {
            registry.publishWill(home(), left, durable != null);
        }
    }

    /**
     * Hands a message of a shared subscription on, since the session has ended.
     *
     * @param receipt is told where it goes, or null
     */
    void redispatch(Delivery delivery, @Nullable Receipt receipt) {
        Subscription share = Objects.requireNonNull(delivery.share());
        boolean taken = registry.router().redispatch(delivery.publication(), share, receipt);
        home().counters().add(taken ? Metric.FATE_DROPPED_REDISPATCHED : Metric.FATE_DROPPED_NO_MEMBER);
    }

    // --- rights ---

    /** An operator, or an extension, says that this client's rights are others. */
    public void forgetRights() {
        if (link != null) {
            link.forgetRights();
        }
        rightsChanged();
        pump();
    }

    /** Whether somebody is still asked about a right to a subscription. */
    boolean isLooking() {
        return looking() > 0;
    }

    @Override
    public void looking(int change) {
        super.looking(change);
        if (looking() == 0 && change < 0 && outbox != null && outbox.isResuming()) {
            pump();
        }
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
        Link connection = link;
        Outbox its = outbox;
        if (qos == 0 && connection != null && (its == null || its.isIdle()) && connection.isWritable()) {
            Frames sent = connection.firstSent(frames, 0, retain);
            if (sent != null && connection.isTooLarge(sent, 0, subscriptionIds)) {
                dropped(Metric.FATE_DROPPED_TOO_LARGE, Metric.DELIVERY_DROPPED_TOO_LARGE);
            } else if (sent != null) {
                connection.publish(sent, 0, retain, false, 0, subscriptionIds);
            }
        } else if (qos == 0 && !settings().mqueueStoreQos0()) {
            dropped(Metric.FATE_DROPPED_QOS0_NOT_STORED, Metric.DELIVERY_DROPPED_QOS0_MSG);
        } else {
            outbox().deliver(connection, frames, qos, retain, subscriptionIds, share);
        }
    }

    /** A message leaves, or is not let in, for a reason. */
    void dropped(Metric fate, Metric reason) {
        home().counters().add(fate);
        home().counters().add(reason);
        home().counters().add(Metric.DELIVERY_DROPPED);
    }

    /** Sends what waits, as far as the client takes it now. */
    public void pump() {
        assert home().loop().inLoop();
        if (link != null && outbox != null) {
            outbox.pump(link, registry.drain(home()));
        }
    }

    /** Sends retained messages that a subscription asked for, as fast as the client takes them. */
    public void sendRetained(RetainedCursor messages, Subscription subscription) {
        RetainedFeed feed = feed();
        feed.add(subscription, messages);
        // Mostly there are none, and a session that gets nothing but QoS 0 has no outbox.
        if (outbox != null || feed.peek() != null || !feed.isEmpty()) {
            outbox().retained(feed);
            pump();
            if (retained() == feed) { // neither at its end, nor has the session ended
                feed.owe(subscription);
            }
        }
    }

    /**
     * As {@link #sendRetained}, before SUBACK, when that will not be done at once: then it survives with what SUBACK
     * waits for, and {@link #sendOwed} is to follow.
     *
     * @return whether it is so
     */
    public boolean oweRetained(RetainedCursor messages, Subscription subscription) {
        Link connection = link;
        if (durable == null || connection == null) {
            return false;
        }
        int room = outbox == null ? connection.receiveMaximum() : outbox.room(connection);
        RetainedFeed feed = feed();
        boolean isOwed =
                feed.owe(subscription, messages, Math.min(room, settings().maxInflight()));
        if (isOwed) {
            outbox().retained(feed);
            note(subscription);
        }
        return isOwed;
    }

    /** SUBACK has left: sends what is owed. */
    public void sendOwed(Subscription subscription) {
        RetainedFeed feed = retained();
        if (feed != null) {
            feed.answered(subscription);
            pump();
        }
    }

    /** A broker before us has not sent all of the retained messages that a subscription asked for. */
    void restoreRetained(RetainedCursor messages, Subscription subscription) {
        RetainedFeed feed = feed();
        feed.restore(subscription, messages);
        outbox().retained(feed);
    }

    private @Nullable RetainedFeed retained() {
        return outbox == null ? null : outbox.retained();
    }

    private RetainedFeed feed() {
        RetainedFeed feed = retained();
        return feed == null ? new RetainedFeed(this, registry.turns(home())) : feed;
    }

    /** The loop has time to search retained messages for this session. */
    void itsTurn() {
        RetainedFeed feed = retained();
        if (feed != null) {
            feed.itsTurn();
            pump();
        }
    }

    /** Retained messages are searched for while somebody is there. */
    private void restRetained() {
        RetainedFeed feed = retained();
        if (feed != null) {
            feed.rest();
        }
    }

    @Override
    void over(Subscription subscription) {
        RetainedFeed feed = retained();
        if (feed != null) {
            feed.remove(subscription);
        }
    }

    @Override
    long owedUpTo(Subscription subscription) {
        RetainedFeed feed = retained();
        return feed == null ? 0 : feed.owedUpTo(subscription);
    }

    /** PUBACK; returns whether the identifier was in use. */
    public boolean pubAck(int packetId, boolean success) {
        boolean known = outbox != null && outbox.window().pubAck(packetId, success);
        pump();
        return known;
    }

    /** PUBREC; returns whether PUBREL is to follow. */
    public boolean pubRec(int packetId, boolean success) {
        boolean release = outbox != null && outbox.window().pubRec(packetId, success);
        pump();
        return release;
    }

    /** PUBCOMP; returns whether the identifier was in use. */
    public boolean pubComp(int packetId) {
        boolean known = outbox != null && outbox.window().pubComp(packetId);
        pump();
        return known;
    }

    /** How many messages wait. */
    public int queueLength() {
        return outbox == null ? 0 : outbox.waiting().size();
    }

    /** How many messages are in flight to the client. */
    public int inflight() {
        return outbox == null ? 0 : outbox.window().active();
    }

    /** How many bytes the messages that wait and those in flight have. */
    public long outboxBytes() {
        return outbox == null ? 0 : outbox.bytes();
    }

    /** How many of its messages are in memory, waiting or in flight. */
    int messagesInMemory() {
        return outbox == null
                ? 0
                : outbox.waiting().sizeInMemory() + outbox.window().active();
    }

    /** How many bytes they have. */
    long bytesInMemory() {
        return outbox == null
                ? 0
                : outbox.waiting().bytesInMemory() + outbox.window().bytes();
    }

    /** How many messages were dropped since the session began, since its queue was full. */
    public long dropped() {
        return outbox == null ? 0 : outbox.waiting().overflowed();
    }

    // --- what lies in the store ---

    /** What has to survive of the packet identifiers in use, or null. */
    byte @Nullable [] windowRecord() {
        return outbox == null ? null : outbox.window().record();
    }

    /** Something survives that was waited for. */
    void committed() {
        if (outbox != null) {
            outbox.waiting().committed();
            pump();
        }
    }

    /** Reads queues. */
    Pages pages() {
        return registry.pages();
    }

    // --- its share ---

    /** Ends the session in a later turn when its client makes the broker hold more than a client may. */
    public void checkShare() {
        if (!exceeding && !ended && Share.isExceeded(this)) {
            exceeding = true;
        }
    }

    Outbox outbox() {
        if (outbox == null) {
            outbox = new Outbox(this);
        }
        return outbox;
    }

    void full(boolean now) {
        if (full != now) {
            full = now;
            markFull(now);
        }
    }
}
