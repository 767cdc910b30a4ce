// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.PacketType;
import io.marquetry.codec.PublishView;
import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.loop.Counters;
import io.marquetry.core.internal.loop.Metric;
import io.marquetry.core.internal.session.Session;
import io.marquetry.core.internal.store.Receipt;
import org.jspecify.annotations.Nullable;

/** Whether a PUBLISH keeps to what the client was told in CONNACK, and is not one that came before. */
final class PublishLimits {
    private final LiveClient client;
    private final Connection connection;
    private final Session session;
    private final Counters counters;

    PublishLimits(LiveClient client) {
        this.client = client;
        this.connection = client.connection();
        this.session = client.session();
        this.counters = connection.counters();
    }

    /**
     * Looks at one; what is not admitted is answered and counted here.
     *
     * @param held those of the client that wait for an answer, or null
     */
    boolean isAdmitted(PublishView view, @Nullable HeldPublishes held) {
        return isAllowedByLimits(view) && !isDuplicate(view, held) && !isOverReceiveMaximum(view, held);
    }

    private boolean isAllowedByLimits(PublishView view) {
        MqttSettings settings = settings();
        if (view.qos() > client.maxQos(settings)) {
            counters.add(Metric.FATE_REFUSED_QOS_NOT_SUPPORTED);
            connection.fail(ReasonCode.QOS_NOT_SUPPORTED, "QoS " + view.qos() + " is not supported"); // [MQTT-3.2.2-11]
            return false;
        }
        if (view.retain() && !settings.retainAvailable()) {
            counters.add(Metric.FATE_REFUSED_RETAIN_NOT_SUPPORTED);
            connection.fail(ReasonCode.RETAIN_NOT_SUPPORTED, "retained messages are not supported"); // [MQTT-3.2.2-14]
            return false;
        }
        return true;
    }

    /** [MQTT-4.3.3-10]: until PUBREL the same identifier is the same message. */
    private boolean isDuplicate(PublishView view, @Nullable HeldPublishes held) {
        if (view.qos() != 2) {
            return false;
        }
        boolean waiting = held != null && held.contains(view.packetId());
        if (!waiting && (session.awaitingRel() == 0 || !session.inbox().contains(view.packetId()))) {
            return false;
        }
        counters.add(Metric.FATE_QOS2_DUPLICATE);
        if (!waiting) {
            // Never earlier than the first one: what it promises may still be on its way to the disk.
            Receipt receipt = session.inbox().underWay(view.packetId());
            client.ack(PacketType.PUBREC, view.packetId(), ReasonCode.SUCCESS, 0, receipt);
        }
        return true;
    }

    /** [MQTT-3.3.4-9] */
    private boolean isOverReceiveMaximum(PublishView view, @Nullable HeldPublishes held) {
        if (view.qos() == 0 || !view.isV5()) {
            return false;
        }
        int underWay = session.awaitingRel() + (held == null ? 0 : held.unacknowledged()) + client.unacknowledged();
        if (underWay < settings().maxAwaitingRel()) {
            return false;
        }
        counters.add(Metric.FATE_REFUSED_RECEIVE_MAXIMUM);
        counters.add(Metric.MESSAGES_DROPPED_RECEIVE_MAXIMUM);
        connection.fail(
                ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
                "more than " + settings().maxAwaitingRel() + " messages are not acknowledged");
        return true;
    }

    private MqttSettings settings() {
        return connection.context().settings();
    }
}
