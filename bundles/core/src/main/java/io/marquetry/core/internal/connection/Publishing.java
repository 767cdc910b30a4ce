// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.hook.PublishHook;
import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.access.Rights;
import io.marquetry.core.internal.access.Wanted;
import io.marquetry.core.internal.config.QueueFull;
import io.marquetry.core.internal.hook.Hooks;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.message.Messages;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Match;
import io.marquetry.core.internal.router.Router;
import io.marquetry.core.internal.session.Inbox;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.store.Consignment;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Receipt;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client publishes: checked, retained, routed, acknowledged. When nobody has to be asked and nothing waits, a
 * message goes from the read buffer to its subscribers at once. Otherwise it joins the {@link HeldPublishes}, and so
 * does everything this client publishes after it, which keeps messages and acknowledgements in order [MQTT-4.6.0-2]
 * [MQTT-4.6.0-3].
 */
final class Publishing {
    private static final Logger LOG = LoggerFactory.getLogger(Publishing.class);

    private final LiveClient client;
    private final Connection connection;
    private final BrokerContext context;
    private final Session session;
    private final Home home;
    private final Counters counters;
    private final IncomingTopics topics;
    private final PublishLimits limits;
    private final Journal journal;
    private @Nullable HeldPublishes held;

    Publishing(LiveClient client) {
        this.client = client;
        this.connection = client.connection();
        this.context = connection.context();
        this.session = client.session();
        this.home = connection.home();
        this.counters = home.counters();
        this.topics = new IncomingTopics(connection, client.mountpoint());
        this.limits = new PublishLimits(client);
        this.journal = context.journal(home);
    }

    void onPublish(PublishView view) {
        int qos = view.qos();
        counters.add(Metric.PACKETS_PUBLISH_RECEIVED);
        counters.add(Metric.MESSAGES_RECEIVED);
        counters.add(
                qos == 0
                        ? Metric.MESSAGES_QOS0_RECEIVED
                        : qos == 1 ? Metric.MESSAGES_QOS1_RECEIVED : Metric.MESSAGES_QOS2_RECEIVED);
        counters.add(Metric.FATE_RECEIVED);
        if (!topics.resolve(view) || !limits.isAdmitted(view, held)) {
            return;
        }
        if ((held != null && !held.isEmpty()) || !isAllowed(view) || mustWait(view)) {
            hold(view);
        } else if (context.hooks.publishHooks().isEmpty()) {
            publish(view);
        } else {
            askHooks(view);
        }
    }

    /** What passes goes from the read buffer all the same. */
    private void askHooks(PublishView view) {
        PublishInBuffer publish = new PublishInBuffer(view, topics);
        PublishHook.Verdict verdict = context.hooks.publish(connection.client(), publish);
        if (verdict instanceof PublishHook.Verdict.Pass) {
            publish.end();
            publish(view);
        } else {
            Message message = publish.message();
            publish.end();
            held().add(message, view.packetId(), verdict);
            session.checkShare();
        }
    }

    /** PUBREL came, or an answer: what waited may go on. */
    void advance() {
        if (held != null) {
            held.advance();
        }
    }

    void closed() {
        if (held != null) {
            held.closed();
        }
    }

    // --- the straight way ---

    private void publish(PublishView view) {
        int qos = view.qos();
        KnownTopic known = topics.known();
        byte[] name = topics.name();
        int length = topics.length();
        Frames frames = context.router.frames(home);
        long mostSeconds = context.settings().messageExpirySeconds();
        boolean expires = view.messageExpirySeconds() >= 0 || mostSeconds > 0;
        // To read the clock for each message would cost as much as to find its subscribers.
        frames.begin(view, name, length, expires ? home.now() : 0, mostSeconds);
        long before = journal.changes();
        Receipt receipt = null;
        boolean routed;
        try {
            if (view.retain() && !retain(frames.publication(), view.packetId())) {
                return;
            }
            if (qos > 0 && journal.isKept()) {
                Match match = matchOf(view);
                receipt = receipt(match, qos, view.packetId(), before);
                routed = route(frames, match, receipt);
            } else {
                routed = known != null
                        ? context.router.route(home, frames, match(known), session)
                        : context.router.route(home, frames, name, length, session);
            }
        } finally {
            frames.end();
        }
        routed(routed);
        if (qos > 0) {
            accepted(qos, view.packetId(), routed, receipt, before);
        }
        pauseIfCrowded();
    }

    private Match matchOf(PublishView view) {
        KnownTopic known = topics.known();
        return known != null ? match(known) : context.router.match(home, topics.name(), topics.length());
    }

    /**
     * What the acknowledgement of a message waits for, or null when what this loop notes is all. What a durable client
     * publishes with QoS 2 must survive with its packet identifier, on every loop or on none.
     */
    private @Nullable Receipt receipt(Match match, int qos, int packetId, long before) {
        if (!context.router.isDurableElsewhere(home, match)) {
            return null;
        }
        if (qos < 2 || !session.isDurable()) {
            return new Receipt(home, journal, before);
        }
        Inbox inbox = session.inbox();
        Consignment all = new Consignment(home, journal, its -> inbox.complete(packetId, its));
        inbox.add(packetId, all);
        return all;
    }

    private boolean route(Frames frames, Match match, @Nullable Receipt receipt) {
        return receipt == null
                ? context.router.route(home, frames, match, session)
                : context.router.route(home, frames, match, session, receipt);
    }

    /** Whether it is known that the client may, so that nobody needs to be asked. */
    private boolean isAllowed(PublishView view) {
        Rights rights = connection.rightsIfAsked();
        if (rights == null) {
            return true;
        }
        int wanted = Wanted.publish(view.qos(), view.retain());
        int stamp = rights.stamp();
        KnownTopic known = topics.known();
        if (known != null && known.isAllowed(wanted, stamp)) {
            rights.countRemembered(true);
            return true;
        }
        if (!rights.isAllowed(wanted, topics.name(), topics.length())) {
            return false;
        }
        if (known != null && rights.areKept()) {
            known.allow(wanted, stamp);
        }
        return true;
    }

    private Match match(KnownTopic known) {
        Match match = known.match;
        if (match == null || !context.router.isCurrent(match)) {
            match = context.router.match(home, known.name, known.name.length);
            known.match = match;
        }
        return match;
    }

    /** Whether a message that nobody else holds back cannot go on now. */
    private boolean mustWait(PublishView view) {
        if (view.qos() == 2 && isInboxFull()) {
            return true;
        }
        if (context.budget.isBusy() && !(view.retain() && view.payloadLength() == 0)) {
            return true;
        }
        if (view.qos() == 0) {
            return false;
        }
        if (context.settings().queueFull() == QueueFull.REFUSE && context.router.isRefused(matchOf(view))) {
            return true;
        }
        return journal.isKept() && !journal.isReady() && needsStore(matchOf(view), view.qos(), view.retain());
    }

    /** Whether the acknowledgement of a message promises that something survives. */
    private boolean needsStore(Match match, int qos, boolean retain) {
        return retain || (qos == 2 && session.isDurable()) || context.router.isDurable(match);
    }

    /** Whether a message that was held needs the store, which is not ready for it. */
    boolean waitsForStore(Message message, QoS qos) {
        if (qos == QoS.AT_MOST_ONCE || !journal.isKept() || journal.isReady()) {
            return false;
        }
        byte[] name = message.topic().getBytes(StandardCharsets.UTF_8);
        return needsStore(context.router.match(home, name, name.length), qos.value(), message.retain());
    }

    Journal journal() {
        return journal;
    }

    /** Over its bound an MQTT 5 client was told before; an older one waits. */
    boolean isInboxFull() {
        return session.awaitingRel() >= context.settings().maxAwaitingRel();
    }

    // --- the way of what was held ---

    private void hold(PublishView view) {
        held().add(Messages.of(view, topics.text()), view.packetId());
        session.checkShare();
    }

    private HeldPublishes held() {
        if (held == null) {
            held = new HeldPublishes(connection, this);
        }
        return held;
    }

    /** Bytes of messages that are held. */
    long heldBytes() {
        return held == null ? 0 : held.bytes();
    }

    /** Whether the node has too much in memory to take a message; what clears a retained one is always taken. */
    boolean isNodeBusy(Message message) {
        return context.budget.isBusy() && !(message.retain() && message.payload().length == 0);
    }

    /**
     * Whether the client does nothing but publish. Only such a one may be left unread while the node is busy: from any
     * other come acknowledgements, and they are what makes room.
     */
    boolean onlyPublishes() {
        return session.subscriptions().isEmpty() && session.inflight() == 0 && session.awaitingRel() == 0;
    }

    /** Whether the session of a subscriber refuses a message that was held. */
    boolean isRefused(Message message, QoS qos) {
        if (qos == QoS.AT_MOST_ONCE || context.settings().queueFull() != QueueFull.REFUSE) {
            return false;
        }
        byte[] name = message.topic().getBytes(StandardCharsets.UTF_8);
        return context.router.isRefused(context.router.match(home, name, name.length));
    }

    /** Routes a message that was held, and acknowledges it; the caller has asked {@link #isRefused}. */
    void publish(Message message, QoS qos, int packetId) {
        Publication publication =
                Messages.publication(message, home.now(), context.settings().messageExpirySeconds());
        long before = journal.changes();
        if (message.retain() && !retain(publication, packetId)) {
            return;
        }
        byte[] name = publication.topicBytes();
        Router router = context.router;
        Match match = router.match(home, name, name.length);
        boolean kept = qos != QoS.AT_MOST_ONCE && journal.isKept();
        Receipt receipt = kept ? receipt(match, qos.value(), packetId, before) : null;
        Frames frames = router.frames(home);
        frames.begin(publication, home.now());
        boolean routed;
        try {
            routed = route(frames, match, receipt);
        } finally {
            frames.end();
        }
        routed(routed);
        if (qos != QoS.AT_MOST_ONCE) {
            accepted(qos.value(), packetId, routed, receipt, before);
        }
        pauseIfCrowded();
    }

    /** A message ends here; the client learns why as far as its version can say it. */
    void refuse(QoS qos, int packetId, ReasonCode reason, Metric fate) {
        counters.add(fate);
        if (qos != QoS.AT_MOST_ONCE) {
            refused(qos.value(), packetId, reason);
        }
    }

    // --- steps that both ways share ---

    private void routed(boolean routed) {
        if (routed) {
            counters.add(Metric.FATE_ROUTED);
        } else {
            counters.add(Metric.FATE_NO_SUBSCRIBERS);
            counters.add(Metric.MESSAGES_DROPPED);
            counters.add(Metric.MESSAGES_DROPPED_NO_SUBSCRIBERS);
        }
    }

    /**
     * Retains a message, before it is routed.
     *
     * @return false when there is no room and the message was refused for that
     */
    private boolean retain(Publication publication, int packetId) {
        if (publication.payloadLength() == 0 || context.retained.accepts(publication)) {
            context.retained.put(home, publication);
            counters.add(Metric.MESSAGES_RETAINED);
            return true;
        }
        long more = context.badInput.pass();
        if (more >= 0) {
            LOG.warn(
                    "no room to retain a message of {} bytes: raise maxMessages, maxBytes or maxPayloadBytes of"
                            + " io.marquetry.core.retained ({} more such lines held back) {} topic={}",
                    publication.payloadLength(),
                    more,
                    connection.who(),
                    publication.topic());
        }
        if (publication.qos() == 0) {
            return true; // nobody was promised anything; it goes to those who are there
        }
        counters.add(Metric.FATE_REFUSED_RETAINED_FULL);
        counters.add(Metric.MESSAGES_DROPPED_QUOTA_EXCEEDED);
        if (connection.outlet().isV5()) {
            refused(publication.qos(), packetId, ReasonCode.QUOTA_EXCEEDED);
        } else {
            // It cannot be told, and an acknowledgement would be a promise.
            connection.fail(ReasonCode.QUOTA_EXCEEDED, null);
        }
        return false;
    }

    /** Promises what was noted since {@code before}, and what a receipt tells of, once it survives. */
    private void accepted(int qos, int packetId, boolean routed, @Nullable Receipt receipt, long before) {
        if (qos == 2 && !(receipt instanceof Consignment)) {
            session.inbox().add(packetId); // [MQTT-4.3.3-10]
        }
        client.ack(
                qos == 1 ? PacketType.PUBACK : PacketType.PUBREC,
                packetId,
                routed ? ReasonCode.SUCCESS : ReasonCode.NO_MATCHING_SUBSCRIBERS,
                receipt != null || journal.changes() == before ? 0 : journal.ticket(),
                receipt);
    }

    /** An older client does not see the reason and, with QoS 2, goes on with PUBREL, which is answered all the same. */
    private void refused(int qos, int packetId, ReasonCode reason) {
        client.ack(qos == 1 ? PacketType.PUBACK : PacketType.PUBREC, packetId, reason, 0, null);
    }

    private void pauseIfCrowded() {
        Home crowded = context.router.takeCrowded(home);
        if (crowded != null) {
            connection.reading().pauseUntilRoomy(crowded);
        }
    }

    Hooks hooks() {
        return context.hooks;
    }
}
