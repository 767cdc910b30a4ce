// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.router.RetainedCursor;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Receipt;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The Application Messages of a session: which of QoS 2 it has received and not released, and what it has still to
 * send; on the session's loop. Many sessions never have to wait and get nothing but QoS 0: they have neither an
 * {@link Inbox} nor an {@link Outbox}.
 */
abstract class ApplicationMessages extends Subscriptions {
    final SessionRegistry registry;
    private @Nullable Outbox outbox;
    private @Nullable Inbox inbox;
    /** Read by other loops. */
    private volatile boolean full;

    ApplicationMessages(SessionRegistry registry, Home home, String clientId) {
        super(home, clientId, registry.router());
        this.registry = registry;
    }

    /** Its number in the store, or 0. */
    abstract long number();

    /** How long the session outlives its connection, in seconds. */
    abstract long expirySeconds();

    /** It has more messages than before: ends the session in a later turn when those are too many. */
    abstract void checkShare();

    final Journal journal() {
        return registry.journals().of(home());
    }

    final MqttSettings settings() {
        return registry.settings();
    }

    /** Tells when the store is as it should be again. */
    final StoreWatch storeWatch() {
        return registry.storeWatch(home());
    }

    // --- messages in ---

    /** The QoS 2 messages received and not released. */
    public final Inbox inbox() {
        if (inbox == null) {
            inbox = new Inbox(this);
        }
        return inbox;
    }

    /** How many QoS 2 messages were received and not released. */
    public final int awaitingRel() {
        return inbox == null ? 0 : inbox.size();
    }

    // --- messages out ---

    @Override
    public final void deliver(
            Frames frames, int qos, boolean retain, int @Nullable [] subscriptionIds, @Nullable Subscription share) {
        Link connection = link();
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
    final void dropped(Metric fate, Metric reason) {
        home().counters().add(fate);
        home().counters().add(reason);
        home().counters().add(Metric.DELIVERY_DROPPED);
    }

    /** Sends what waits, as far as the client takes it now. */
    public final void pump() {
        assert home().loop().inLoop();
        Link connection = link();
        if (connection != null && outbox != null) {
            outbox.pump(connection, registry.drain(home()));
        }
    }

    /** Sends retained messages that a subscription asked for, as fast as the client takes them. */
    public final void sendRetained(RetainedCursor messages, Subscription subscription) {
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
    public final boolean oweRetained(RetainedCursor messages, Subscription subscription) {
        Link connection = link();
        if (durable() == null || connection == null) {
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
    public final void sendOwed(Subscription subscription) {
        RetainedFeed feed = retained();
        if (feed != null) {
            feed.answered(subscription);
            pump();
        }
    }

    /** A broker before us has not sent all of the retained messages that a subscription asked for. */
    final void restoreRetained(RetainedCursor messages, Subscription subscription) {
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
    final void itsTurn() {
        RetainedFeed feed = retained();
        if (feed != null) {
            feed.itsTurn();
            pump();
        }
    }

    /** Retained messages are searched for while somebody is there. */
    final void restRetained() {
        RetainedFeed feed = retained();
        if (feed != null) {
            feed.rest();
        }
    }

    @Override
    final void over(Subscription subscription) {
        RetainedFeed feed = retained();
        if (feed != null) {
            feed.remove(subscription);
        }
    }

    @Override
    final long owedUpTo(Subscription subscription) {
        RetainedFeed feed = retained();
        return feed == null ? 0 : feed.owedUpTo(subscription);
    }

    /** PUBACK; returns whether the identifier was in use. */
    public final boolean pubAck(int packetId, boolean success) {
        boolean known = outbox != null && outbox.window().pubAck(packetId, success);
        pump();
        return known;
    }

    /** PUBREC; returns whether PUBREL is to follow. */
    public final boolean pubRec(int packetId, boolean success) {
        boolean release = outbox != null && outbox.window().pubRec(packetId, success);
        pump();
        return release;
    }

    /** PUBCOMP; returns whether the identifier was in use. */
    public final boolean pubComp(int packetId) {
        boolean known = outbox != null && outbox.window().pubComp(packetId);
        pump();
        return known;
    }

    /** How many messages wait. */
    public final int queueLength() {
        return outbox == null ? 0 : outbox.waiting().size();
    }

    /** How many messages are in flight to the client. */
    public final int inflight() {
        return outbox == null ? 0 : outbox.window().active();
    }

    /** How many bytes the messages that wait and those in flight have. */
    public final long outboxBytes() {
        return outbox == null ? 0 : outbox.bytes();
    }

    /** How many of its messages are in memory, waiting or in flight. */
    final int messagesInMemory() {
        return outbox == null
                ? 0
                : outbox.waiting().sizeInMemory() + outbox.window().active();
    }

    /** How many bytes they have. */
    final long bytesInMemory() {
        return outbox == null
                ? 0
                : outbox.waiting().bytesInMemory() + outbox.window().bytes();
    }

    /** How many messages were dropped since the session began, since its queue was full. */
    public final long dropped() {
        return outbox == null ? 0 : outbox.waiting().overflowed();
    }

    @Override
    public final boolean isFull() {
        return full;
    }

    final void full(boolean now) {
        if (full != now) {
            full = now;
            markFull(now);
        }
    }

    final Outbox outbox() {
        if (outbox == null) {
            outbox = new Outbox(this);
        }
        return outbox;
    }

    /**
     * Hands a message of a shared subscription on, since the session has ended.
     *
     * @param receipt is told where it goes, or null
     */
    final void redispatch(Delivery delivery, @Nullable Receipt receipt) {
        Subscription share = Objects.requireNonNull(delivery.share());
        boolean taken = registry.router().redispatch(delivery.publication(), share, receipt);
        home().counters().add(taken ? Metric.FATE_DROPPED_REDISPATCHED : Metric.FATE_DROPPED_NO_MEMBER);
    }

    // --- as the session goes on ---

    /** A connection begins to serve the session. */
    final void reconnected() {
        if (outbox != null) {
            outbox.reconnected();
        }
    }

    /** The connection has ended; the session has not. */
    final void disconnected() {
        if (outbox != null) {
            outbox.waiting().disconnected();
        }
    }

    /** The session has ended, and said so to everyone. */
    final void endMessages() {
        if (outbox != null) {
            outbox.end();
            outbox = null;
        }
    }

    /** Everything of it is restored, and nobody is connected. */
    final void restoredMessages() {
        if (outbox != null) {
            outbox.waiting().restored();
        }
    }

    // --- what lies in the store ---

    /** What has to survive of the packet identifiers in use, or null. */
    final byte @Nullable [] windowRecord() {
        return outbox == null ? null : outbox.window().record();
    }

    /** Something survives that was waited for. */
    final void committed() {
        if (outbox != null) {
            outbox.waiting().committed();
            pump();
        }
    }

    // --- rights ---

    /** Whether somebody is still asked about a right to a subscription. */
    final boolean isLooking() {
        return looking() > 0;
    }

    @Override
    public final void looking(int change) {
        super.looking(change);
        if (looking() == 0 && change < 0 && outbox != null && outbox.isResuming()) {
            pump();
        }
    }
}
