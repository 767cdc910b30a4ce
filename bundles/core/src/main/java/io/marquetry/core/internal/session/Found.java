// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.core.internal.router.RetainedMessages;
import io.marquetry.core.internal.router.Subscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A session that recovery has found, while its parts are read. Of its queue only numbers are kept. */
final class Found {
    private record Message(int charge, int qos, @Nullable String share, long body) {}

    private final long number;
    private final SessionRecord record;
    private final List<Map.Entry<TopicFilter, SubscriptionRecord>> subscriptions = new ArrayList<>(1);
    private @Nullable WindowRecord window;
    /** Messages whose identifiers are in the window, by their sequences; null until there is one. */
    private @Nullable Map<Long, @Nullable Message> inFlight;

    private int @Nullable [] inbox;
    private boolean owesRetained;
    private int queued;
    private long queuedBytes;
    private long first;
    private long last;
    private int special;

    Found(long number, SessionRecord record) {
        this.number = number;
        this.record = record;
    }

    SessionRecord record() {
        return record;
    }

    void subscription(TopicFilter filter, SubscriptionRecord its) {
        subscriptions.add(Map.entry(filter, its));
        owesRetained |= its.owedUpTo() != 0;
    }

    int subscriptions() {
        return subscriptions.size();
    }

    void inbox(int packetId) {
        int[] before = inbox == null ? new int[0] : inbox;
        inbox = java.util.Arrays.copyOf(before, before.length + 1);
        inbox[before.length] = packetId;
    }

    /** Before the queue is read. */
    void window(WindowRecord its) {
        window = its;
        inFlight = new HashMap<>();
        for (int i = 0; i < its.size(); i++) {
            if (its.state(i) != Inflight.RELEASED) {
                inFlight.put(its.sequence(i), null);
            }
        }
    }

    /** One more in the queue, in order. */
    void message(long sequence, QueueRecord its) {
        if (inFlight != null && inFlight.containsKey(sequence)) {
            inFlight.put(sequence, new Message(its.charge(), its.qos(), its.share(), its.body()));
            return;
        }
        first = queued == 0 ? sequence : first;
        last = sequence;
        queued++;
        queuedBytes += its.charge();
        special += its.share() != null || its.body() != 0 ? 1 : 0;
    }

    int queued() {
        return queued;
    }

    /** How many identifiers are in use. */
    int inFlight() {
        int live = 0;
        for (int i = 0; window != null && i < window.size(); i++) {
            live += window.state(i) == Inflight.RELEASED || message(window.sequence(i)) != null ? 1 : 0;
        }
        return live;
    }

    private @Nullable Message message(long sequence) {
        return inFlight == null ? null : inFlight.get(sequence);
    }

    /**
     * Makes the session; on its loop.
     *
     * @param retained as they were when the broker ended
     */
    Session restore(SessionRegistry registry, RetainedMessages retained) {
        Session session = registry.create(registry.homeOf(record.clientId()), record.clientId(), record.createdAt());
        session.restore(number, record);
        subscriptions.forEach(s -> restore(s.getKey(), s.getValue(), session, retained));
        for (int i = 0; inbox != null && i < inbox.length; i++) {
            session.inbox().restore(inbox[i]);
        }
        Durable durable = session.durable();
        if (durable != null && (queued > 0 || window != null || owesRetained)) {
            Outbox outbox = session.outbox();
            durable.sequencesUpTo(last);
            outbox.waiting().restore(queued, queuedBytes, first, last, special);
            if (window != null) {
                restore(window, session, durable, outbox.window());
            }
        }
        return session;
    }

    private static void restore(
            TopicFilter filter, SubscriptionRecord its, Session session, RetainedMessages retained) {
        Subscription subscription = session.restore(filter, its);
        if (its.owedUpTo() != 0) {
            // Stamps that were not written are given once more, to messages that come live.
            long newest = Math.min(its.owedUpTo(), retained.stamp());
            session.restoreRetained(retained.matching(filter.filter(), newest), subscription);
        }
    }

    /** A message that is gone from the queue was acknowledged: its identifier is free. */
    private void restore(WindowRecord its, Session session, Durable durable, Window into) {
        durable.windowKept();
        for (int i = 0; i < its.size(); i++) {
            if (its.state(i) == Inflight.RELEASED) {
                into.restore(its.id(i), its.state(i), null);
                continue;
            }
            durable.sequencesUpTo(its.sequence(i));
            Message message = message(its.sequence(i));
            if (message != null) {
                into.restore(
                        its.id(i),
                        its.state(i),
                        StoredDelivery.absent(
                                message.charge,
                                message.qos,
                                session.share(message.share),
                                its.sequence(i),
                                message.body == 0 ? null : new Body(message.body)));
            }
        }
        into.nextId(its.nextId());
    }
}
