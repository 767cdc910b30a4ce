// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.auth.Decision;
import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.hook.SubscribeHook;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;
import io.marquetry.codec.Packet;
import io.marquetry.codec.Properties;
import io.marquetry.core.internal.access.Rights;
import io.marquetry.core.internal.access.Wanted;
import io.marquetry.core.internal.config.DenyAction;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.RetainedCursor;
import io.marquetry.core.internal.router.Subscription;
import io.marquetry.core.internal.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** SUBSCRIBE and UNSUBSCRIBE of one client. */
final class Subscribing {
    /** One request with what became of it. */
    private static final class Wish {
        final Packet.Subscribe.Request request;

        @Nullable
        TopicFilter filter;

        /** What a hook has not changed. */
        @Nullable
        TopicFilter sent;

        QoS qos;

        @Nullable
        ReasonCode refusal;

        boolean isNew;
        /** Whether SUBACK promises retained messages that will not be sent at once. */
        boolean isOwed;

        /** What the session's rights were when the client's right was asked for. */
        int rights;

        Wish(Packet.Subscribe.Request request) {
            this.request = request;
            this.qos = request.qos();
        }
    }

    private final LiveClient client;
    private final Connection connection;
    private final BrokerContext context;
    private final Session session;
    private final MqttSettings settings;

    Subscribing(LiveClient client) {
        this.client = client;
        this.connection = client.connection();
        this.context = connection.context();
        this.session = client.session();
        this.settings = context.settings();
    }

    void subscribe(Packet.Subscribe packet) {
        List<Wish> wishes = new ArrayList<>(packet.subscriptions().size());
        List<CompletableFuture<?>> answers = new ArrayList<>(0);
        int rightsNow = session.rights(context.hooks.policy().now());
        Rights rights = connection.rightsIfAsked();
        for (Packet.Subscribe.Request request : packet.subscriptions()) {
            Wish wish = new Wish(request);
            wishes.add(wish);
            check(wish);
            if (connection.isClosed()) {
                return;
            }
            wish.rights = rightsNow;
            if (wish.refusal == null && rights != null) {
                authorize(rights, wish, answers);
            }
        }
        await(answers, () -> {
            List<CompletionStage<?>> verdicts = new ArrayList<>(0);
            if (!context.hooks.subscribeHooks().isEmpty()) {
                wishes.forEach(wish -> askHooks(wish, verdicts));
            }
            await(verdicts, () -> answer(packet, wishes));
        });
    }

    /** Goes on once every answer is there; until then the connection is not read. */
    private void await(List<? extends CompletionStage<?>> answers, Runnable then) {
        if (answers.isEmpty()) {
            then.run();
            return;
        }
        connection.reading().pause(Pause.SUBSCRIBING);
        CompletableFuture<Void> all = CompletableFuture.allOf(
                answers.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new));
        Answers.await(connection, all, ignored -> {
            connection.reading().resume(Pause.SUBSCRIBING);
            then.run();
        });
    }

    private void check(Wish wish) {
        Packet.Subscribe.Request request = wish.request;
        try {
            wish.filter = client.mountpoint().mount(TopicFilter.parse(request.filter()));
        } catch (IllegalArgumentException e) {
            wish.refusal = ReasonCode.TOPIC_FILTER_INVALID;
            return;
        }
        TopicFilter filter = wish.filter;
        wish.sent = filter;
        if (filter.isShared() && request.noLocal()) {
            // [MQTT-3.8.3-4]
            connection.fail(DisconnectReason.PROTOCOL_ERROR, "a shared subscription cannot be No Local");
        } else if (filter.levels() > settings.maxTopicLevels()) {
            wish.refusal = ReasonCode.TOPIC_FILTER_INVALID;
        } else if (filter.isShared() && !settings.sharedSubscription()) {
            wish.refusal = ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
        } else if (filter.hasWildcard() && !settings.wildcardSubscription()) {
            wish.refusal = ReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
        }
    }

    private static void authorize(Rights rights, Wish wish, List<CompletableFuture<?>> answers) {
        TopicFilter filter = wish.filter;
        if (filter == null) {
            return;
        }
        CompletableFuture<Void> answered = new CompletableFuture<>();
        rights.decide(Wanted.subscribe(wish.request.qos().value()), filter.filter(), decision -> {
            wish.refusal = refusalOf(decision);
            answered.complete(null);
        });
        if (!answered.isDone()) {
            answers.add(answered);
        }
    }

    private static @Nullable ReasonCode refusalOf(Decision decision) {
        return decision instanceof Decision.Allow ? null : ReasonCode.NOT_AUTHORIZED;
    }

    private void askHooks(Wish wish, List<CompletionStage<?>> answers) {
        TopicFilter filter = wish.filter;
        if (wish.refusal != null || filter == null) {
            return;
        }
        SubscribeHook.Verdict verdict = context.hooks.subscribe(connection.client(), filter, wish.request.qos());
        if (verdict instanceof SubscribeHook.Verdict.Later later) {
            answers.add(later.stage().thenAccept(answer -> judged(wish, answer)));
        } else {
            judged(wish, verdict);
        }
    }

    private static void judged(Wish wish, SubscribeHook.Verdict verdict) {
        if (verdict instanceof SubscribeHook.Verdict.Refuse refuse) {
            wish.refusal = refuse.reason();
        } else if (verdict instanceof SubscribeHook.Verdict.Replace replace) {
            wish.filter = replace.filter();
            wish.qos = replace.qos();
        }
    }

    private void answer(Packet.Subscribe packet, List<Wish> wishes) {
        if (settings.denyAction() == DenyAction.DISCONNECT
                && wishes.stream().anyMatch(wish -> wish.refusal == ReasonCode.NOT_AUTHORIZED)) {
            connection.counters().add(Metric.PACKETS_SUBSCRIBE_AUTH_ERROR);
            connection.fail(DisconnectReason.NOT_AUTHORIZED, null);
            return;
        }
        List<Integer> ids = packet.properties().subscriptionIdentifiers();
        int identifier = ids.isEmpty() ? 0 : ids.get(0);
        List<ReasonCode> reasons = new ArrayList<>(wishes.size());
        for (Wish wish : wishes) {
            reasons.add(grant(wish, identifier));
        }
        long stamp = context.retained.stamp(); // what is retained while SUBACK waits comes as a live message
        if (session.isDurable() && context.retained.count() > 0) {
            wishes.forEach(wish -> owe(wish, stamp));
        }
        Packet.SubAck ack = new Packet.SubAck(packet.packetId(), reasons, Properties.NONE);
        client.ack(ack, client.ticket(), () -> granted(ack, wishes, stamp));
    }

    /** Retained messages may come before SUBACK [MQTT-3.8.4], but behind it is what clients expect. */
    private void granted(Packet.SubAck ack, List<Wish> wishes, long stamp) {
        if (!connection.outlet().send(ack, Metric.PACKETS_SUBACK_SENT)) {
            connection.fail(ReasonCode.PACKET_TOO_LARGE, "SUBACK is longer than the client takes");
            return;
        }
        for (Wish wish : wishes) {
            sendRetained(wish, stamp);
        }
    }

    private ReasonCode grant(Wish wish, int identifier) {
        TopicFilter filter = wish.filter;
        boolean known = filter != null && session.subscription(filter.text()) != null;
        if (wish.refusal == null
                && !known
                && settings.maxSubscriptions() > 0
                && session.subscriptions().size() >= settings.maxSubscriptions()) {
            wish.refusal = ReasonCode.QUOTA_EXCEEDED;
        }
        if (wish.refusal != null || filter == null) {
            boolean denied = wish.refusal == ReasonCode.NOT_AUTHORIZED;
            connection.counters().add(denied ? Metric.PACKETS_SUBSCRIBE_AUTH_ERROR : Metric.PACKETS_SUBSCRIBE_ERROR);
            return wish.refusal == null ? ReasonCode.TOPIC_FILTER_INVALID : wish.refusal;
        }
        Packet.Subscribe.Request request = wish.request;
        replaced(wish, filter);
        int qos = Math.min(wish.qos.value(), client.maxQos(settings));
        boolean bridge = client.isBridge();
        // An older client cannot ask for No Local itself.
        boolean noLocal =
                bridge || (settings.ignoreLoopDeliver() && !connection.outlet().isV5());
        wish.isNew = session.subscribe(
                filter,
                qos,
                (request.noLocal() || noLocal) && !filter.isShared(),
                request.retainAsPublished() || bridge,
                identifier);
        granted(filter, wish.rights);
        connection.counters().add(Metric.CLIENT_SUBSCRIBE);
        context.sys.subscribed(
                connection.home(),
                connection.client(),
                filter.text(),
                request,
                qos,
                wish.isNew,
                context.wallClock.getAsLong());
        if (context.hooks.areHeard()) {
            context.hooks.tell(new BrokerEvent.Subscribed(
                    context.wallClock.getAsLong(), connection.client(), filter, QoS.of(qos)));
        }
        return switch (QoS.of(qos)) {
            case AT_MOST_ONCE -> ReasonCode.SUCCESS;
            case AT_LEAST_ONCE -> ReasonCode.GRANTED_QOS_1;
            case EXACTLY_ONCE -> ReasonCode.GRANTED_QOS_2;
        };
    }

    private void granted(TopicFilter filter, int askedAt) {
        Subscription subscription = session.subscription(filter.text());
        if (subscription != null) {
            subscription.looked(askedAt);
            subscription.grant();
            Rights rights = connection.rightsIfAsked();
            if (rights != null) {
                rights.subscribed(subscription);
            }
        }
    }

    /** A hook may have changed the filter, now or when the client subscribed by the same one before. */
    private void replaced(Wish wish, TopicFilter filter) {
        TopicFilter sent = wish.sent;
        if (sent != null && (session.hasAliases() || !sent.equals(filter))) {
            String left = session.aliases().subscribed(sent.text(), filter.text());
            if (left != null) {
                ended(left);
            }
        }
    }

    /** The subscription for which retained messages are to be sent, or null. */
    private @Nullable Subscription asking(Wish wish) {
        TopicFilter filter = wish.filter;
        if (wish.refusal != null || filter == null || filter.isShared()) {
            return null;
        }
        int handling = wish.request.retainHandling();
        if (handling == 2 || (handling == 1 && !wish.isNew)) { // [MQTT-3.3.1-9] to [MQTT-3.3.1-11]
            return null;
        }
        return session.subscription(filter.text());
    }

    private void owe(Wish wish, long stamp) {
        Subscription subscription = asking(wish);
        String filter = subscription == null ? "" : subscription.filter().filter();
        if (subscription != null && context.sys.onDemand(filter) == null) {
            wish.isOwed = session.oweRetained(context.retained.matching(filter, stamp), subscription);
        }
    }

    private void sendRetained(Wish wish, long stamp) {
        Subscription subscription = asking(wish);
        if (subscription == null) {
            return;
        }
        if (wish.isOwed) {
            session.sendOwed(subscription);
            return;
        }
        String filter = subscription.filter().filter();
        Publication live = context.sys.onDemand(filter);
        if (live != null) {
            session.sendRetained(RetainedCursor.of(live), subscription);
        } else if (context.retained.count() > 0) {
            session.sendRetained(context.retained.matching(filter, stamp), subscription);
        }
    }

    void unsubscribe(Packet.Unsubscribe packet) {
        List<ReasonCode> reasons = new ArrayList<>(packet.filters().size());
        for (String own : packet.filters()) {
            String sent = mounted(own);
            String filter = session.hasAliases() ? session.aliases().unsubscribed(sent) : sent;
            boolean known = filter == null || ended(filter);
            reasons.add(known ? ReasonCode.SUCCESS : ReasonCode.NO_SUBSCRIPTION_EXISTED);
        }
        Packet.UnsubAck ack = new Packet.UnsubAck(packet.packetId(), reasons, Properties.NONE);
        client.ack(ack, client.ticket(), () -> connection.outlet().send(ack, Metric.PACKETS_UNSUBACK_SENT));
    }

    /** Ends a subscription; returns whether there was one. */
    private boolean ended(String filter) {
        if (!session.unsubscribe(filter)) {
            return false;
        }
        long now = context.wallClock.getAsLong();
        connection.counters().add(Metric.CLIENT_UNSUBSCRIBE);
        context.sys.unsubscribed(connection.home(), connection.client(), filter, now);
        if (!context.hooks.subscribeHooks().isEmpty()) {
            context.hooks.unsubscribed(connection.client(), TopicFilter.parse(filter));
        }
        if (context.hooks.areHeard()) {
            context.hooks.tell(new BrokerEvent.Unsubscribed(now, connection.client(), TopicFilter.parse(filter)));
        }
        return true;
    }

    /** The text under which the session knows a filter; one that breaks the syntax it knows under none. */
    private String mounted(String filter) {
        if (client.mountpoint().isNone()) {
            return filter;
        }
        try {
            return client.mountpoint().mount(TopicFilter.parse(filter)).text();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
