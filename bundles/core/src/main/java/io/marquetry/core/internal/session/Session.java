// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.loop.RateLimitedLog;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.RetainedCursor;
import io.marquetry.core.internal.router.Subscriber;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.store.Journal;
import java.util.Collection;
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
    private final Subscriptions subscriptions;

    // For the life of the session.
    private @Nullable Durable durable;
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

    Session(SessionRegistry registry, Home home, String clientId, long createdAt) {
        super(home, clientId);
        this.registry = registry;
        this.createdAt = createdAt;
        this.subscriptions = new Subscriptions(this, registry.router());
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
        return durable == null ? 0 : durable.number();
    }

    Journal journal() {
        return registry.journals().of(home());
    }

    /** What of it survives the broker, or null. */
    @Nullable
    Durable durable() {
        return durable;
    }

    /** Notes how it is now; its subscriptions and messages are noted as they come and go. */
    private void note() {
        if (durable != null) {
            durable.session(new SessionRecord(clientId(), createdAt, expirySeconds, disconnectedAt, will));
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
        if (durable == null && expiry > 0 && journal().isKept()) {
            durable = new Durable(this, registry.shelf(home()), registry.nextNumber());
        }
        will = itsWill;
        online = true;
        lookNoMore();
        rightsChanged();
        if (outbox != null) {
            outbox.reconnected();
            resuming = true;
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
        expirySeconds = record.expirySeconds();
        disconnectedAt = record.disconnectedAt();
        will = record.will();
    }

    /**
     * Everything of it is restored: it waits for its client, from the time on when that left.
     *
     * @param alive when a broker was last alive, for a client that has not left
     */
    void restored(long alive) {
        if (ended || link != null) {
            return;
        }
        if (disconnectedAt == 0) {
            disconnectedAt = alive;
            note();
        }
        beAbsent(Math.max(0, registry.wallTime() - disconnectedAt));
        if (outbox != null) {
            outbox.restored();
        }
    }

    /** @param since how many milliseconds it is that its client is gone */
    private void beAbsent(long since) {
        Will left = will;
        absence = new Absence(
                this,
                expirySeconds == FOR_EVER ? Absence.NEVER : expirySeconds * 1000 - since,
                left == null ? Absence.NEVER : left.delaySeconds() * 1000 - since);
        absence.goOn();
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
        if (will != null) {
            will = null;
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
        forgetRetained();
        if (expirySeconds == 0) {
            end();
            return;
        }
        disconnectedAt = registry.wallTime();
        note();
        if (outbox != null) {
            outbox.disconnected();
        }
        beAbsent(0);
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
            note();
            registry.publishWill(left);
        }
        return left != null;
    }

    /** As {@link #publishWill}, when the broker ends: a will that waits and survives is published by the next one. */
    public boolean publishLastWill() {
        return (link != null || durable == null) && publishWill();
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
        subscriptions.end();
        registry.remove(this);
        if (durable != null) {
            durable.end(subscriptions.all(), awaitingRel());
        }
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
        return subscriptions.all();
    }

    /** The subscription with this filter, or null. */
    public @Nullable Subscription subscription(String filter) {
        return subscriptions.find(filter);
    }

    /**
     * Subscribes, or changes the options of a subscription that is there [MQTT-3.8.4-3].
     *
     * @param identifier the subscription identifier, or 0
     * @return whether it is new
     */
    public boolean subscribe(TopicFilter filter, int qos, boolean noLocal, boolean retainAsPublished, int identifier) {
        assert home().loop().inLoop();
        return subscriptions.subscribe(filter, qos, noLocal, retainAsPublished, identifier);
    }

    /** As {@link #subscribe}, for a subscription that the store has. */
    void restore(TopicFilter filter, SubscriptionRecord record) {
        subscriptions.restore(filter, record);
    }

    /** Unsubscribes; returns whether there was such a subscription. */
    public boolean unsubscribe(String filter) {
        assert home().loop().inLoop();
        Subscription subscription = subscriptions.find(filter);
        if (!subscriptions.unsubscribe(filter)) {
            return false;
        }
        RetainedFeed feed = outbox == null ? null : outbox.retained();
        if (feed != null && subscription != null) {
            feed.remove(subscription);
        }
        return true;
    }

    /** Under which filters the broker knows subscriptions that hooks have changed. */
    public FilterAliases aliases() {
        return subscriptions.aliases();
    }

    /** Whether a hook has ever changed a subscription of the client. */
    public boolean hasAliases() {
        return subscriptions.hasAliases();
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
        String sent = subscriptions.sent(subscription.filter().text());
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
            subscriptions.lookAtWithheld();
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
            subscriptions.look(epoch);
            super.looking(-1);
        }
    }

    /** Whether a message that waited is not to leave: what matches it is withheld. */
    boolean isWithheld(Delivery delivery) {
        return isAnyWithheld() && delivery.isWithheld(subscriptions.all());
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
        Outbox waiting = outbox;
        // What must not leave before it survives goes by the queue.
        boolean first = durable == null || qos == 0 || (qos == 1 && frames.part() == null);
        if (first && connection != null && (waiting == null || waiting.isIdle()) && connection.isWritable()) {
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
            if (waiting.window().hasRoom(connection)) {
                send(waiting.window(), connection, frames, qos, retain, subscriptionIds, share);
                return;
            }
        }
        if (qos == 0 && !settings().mqueueStoreQos0()) {
            home().counters().add(Metric.FATE_DROPPED_QOS0_NOT_STORED);
            home().counters().add(Metric.DELIVERY_DROPPED_QOS0_MSG);
            home().counters().add(Metric.DELIVERY_DROPPED);
            return;
        }
        outbox().enqueue(delivery(frames.publication(), qos, retain, subscriptionIds, share), frames.part());
        if (!first && connection != null && connection.isWritable()) {
            pump(); // its packet identifier goes into the same batch
        }
    }

    private Delivery delivery(
            Publication publication,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Subscription share) {
        return durable == null
                ? new Delivery(publication, qos, retain, subscriptionIds, share)
                : new StoredDelivery(publication, qos, retain, subscriptionIds, share, durable.nextSequence());
    }

    /** What was read from the store. */
    StoredDelivery delivery(Pages.Entry entry) {
        QueueRecord record = entry.record();
        StoredDelivery delivery = new StoredDelivery(
                entry.message(),
                record.qos(),
                record.retain(),
                record.subscriptionIds(),
                share(record.share()),
                entry.sequence());
        delivery.body = entry.body();
        return delivery;
    }

    /** The shared subscription with this filter; one that is over still has had its messages. */
    @Nullable
    Subscription share(@Nullable String filter) {
        if (filter == null) {
            return null;
        }
        Subscription known = subscriptions.find(filter);
        return known != null ? known : new Subscription(this, TopicFilter.parse(filter));
    }

    private void send(
            Window window,
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
                : delivery(sent.publication(), qos, retain, subscriptionIds, share);
        if (durable != null && kept instanceof StoredDelivery stored) {
            durable.keep(stored, null);
        }
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
        return outbox == null ? 0 : outbox.queueLength();
    }

    /** How many messages are in flight to the client. */
    public int inflight() {
        return outbox == null ? 0 : outbox.window().active();
    }

    /** How many bytes the messages that wait and those in flight have. */
    public long outboxBytes() {
        return outbox == null ? 0 : outbox.bytes();
    }

    /** How many messages were dropped since the session began, since its queue was full. */
    public long dropped() {
        return overflow == null ? 0 : overflow.ever();
    }

    // --- what lies in the store ---

    /** What has to survive of the packet identifiers in use, or null. */
    byte @Nullable [] windowRecord() {
        return outbox == null ? null : outbox.window().record();
    }

    /** Something survives that was waited for. */
    void committed() {
        if (outbox != null) {
            outbox.committed();
            pump();
        }
    }

    /** Reads from its queue. */
    void read(Durable its, long first, long last, int most, Pages.Taker taker) {
        registry.pages().read(its.number(), first, last, most, home().mailbox()::post, taker);
    }

    /** Its queue cannot be read: nothing is delivered, and nothing of it is given up. */
    void unreadable(StoreException problem) {
        registry.pages().failed(this, problem);
        if (link != null) {
            link.end(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
        }
    }

    /** Messages that it has by all accounts are not in the store. */
    void lost(int count) {
        registry.pages().lost(this, count);
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
            subscriptions.markFull(now);
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
