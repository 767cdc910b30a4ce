// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.loop;

/**
 * Everything that is counted per loop, with the name that users see. The {@code FATE_} ones tell what became of each
 * publish and each copy; {@code FATE_QUEUED} and {@code FATE_IN_FLIGHT} go down again.
 */
public enum Metric {
    BYTES_RECEIVED("bytes.received", Kind.COUNTER),
    BYTES_SENT("bytes.sent", Kind.COUNTER),
    PACKETS_RECEIVED("packets.received", Kind.COUNTER),
    PACKETS_SENT("packets.sent", Kind.COUNTER),
    /** How often a socket was not read for a while because of a rate. */
    PACKETS_READ_PAUSED("packets.read.paused", Kind.COUNTER),
    PACKETS_CONNECT_RECEIVED("packets.connect.received", Kind.COUNTER),
    PACKETS_CONNACK_SENT("packets.connack.sent", Kind.COUNTER),
    PACKETS_CONNACK_ERROR("packets.connack.error", Kind.COUNTER),
    PACKETS_CONNACK_AUTH_ERROR("packets.connack.auth_error", Kind.COUNTER),
    PACKETS_PUBLISH_RECEIVED("packets.publish.received", Kind.COUNTER),
    PACKETS_PUBLISH_SENT("packets.publish.sent", Kind.COUNTER),
    PACKETS_PUBLISH_ERROR("packets.publish.error", Kind.COUNTER),
    PACKETS_PUBLISH_AUTH_ERROR("packets.publish.auth_error", Kind.COUNTER),
    PACKETS_PUBLISH_QUOTA_EXCEEDED("packets.publish.quota_exceeded", Kind.COUNTER),
    PACKETS_PUBLISH_INUSE("packets.publish.inuse", Kind.COUNTER),
    PACKETS_PUBACK_RECEIVED("packets.puback.received", Kind.COUNTER),
    PACKETS_PUBACK_SENT("packets.puback.sent", Kind.COUNTER),
    PACKETS_PUBACK_MISSED("packets.puback.missed", Kind.COUNTER),
    PACKETS_PUBREC_RECEIVED("packets.pubrec.received", Kind.COUNTER),
    PACKETS_PUBREC_SENT("packets.pubrec.sent", Kind.COUNTER),
    PACKETS_PUBREC_MISSED("packets.pubrec.missed", Kind.COUNTER),
    PACKETS_PUBREL_RECEIVED("packets.pubrel.received", Kind.COUNTER),
    PACKETS_PUBREL_SENT("packets.pubrel.sent", Kind.COUNTER),
    PACKETS_PUBREL_MISSED("packets.pubrel.missed", Kind.COUNTER),
    PACKETS_PUBCOMP_RECEIVED("packets.pubcomp.received", Kind.COUNTER),
    PACKETS_PUBCOMP_SENT("packets.pubcomp.sent", Kind.COUNTER),
    PACKETS_PUBCOMP_MISSED("packets.pubcomp.missed", Kind.COUNTER),
    PACKETS_SUBSCRIBE_RECEIVED("packets.subscribe.received", Kind.COUNTER),
    PACKETS_SUBSCRIBE_ERROR("packets.subscribe.error", Kind.COUNTER),
    PACKETS_SUBSCRIBE_AUTH_ERROR("packets.subscribe.auth_error", Kind.COUNTER),
    PACKETS_SUBACK_SENT("packets.suback.sent", Kind.COUNTER),
    PACKETS_UNSUBSCRIBE_RECEIVED("packets.unsubscribe.received", Kind.COUNTER),
    PACKETS_UNSUBSCRIBE_ERROR("packets.unsubscribe.error", Kind.COUNTER),
    PACKETS_UNSUBACK_SENT("packets.unsuback.sent", Kind.COUNTER),
    PACKETS_PINGREQ_RECEIVED("packets.pingreq.received", Kind.COUNTER),
    PACKETS_PINGRESP_SENT("packets.pingresp.sent", Kind.COUNTER),
    PACKETS_DISCONNECT_RECEIVED("packets.disconnect.received", Kind.COUNTER),
    PACKETS_DISCONNECT_SENT("packets.disconnect.sent", Kind.COUNTER),
    PACKETS_AUTH_RECEIVED("packets.auth.received", Kind.COUNTER),
    PACKETS_AUTH_SENT("packets.auth.sent", Kind.COUNTER),
    MESSAGES_RECEIVED("messages.received", Kind.COUNTER),
    MESSAGES_SENT("messages.sent", Kind.COUNTER),
    MESSAGES_QOS0_RECEIVED("messages.qos0.received", Kind.COUNTER),
    MESSAGES_QOS0_SENT("messages.qos0.sent", Kind.COUNTER),
    MESSAGES_QOS1_RECEIVED("messages.qos1.received", Kind.COUNTER),
    MESSAGES_QOS1_SENT("messages.qos1.sent", Kind.COUNTER),
    MESSAGES_QOS2_RECEIVED("messages.qos2.received", Kind.COUNTER),
    MESSAGES_QOS2_SENT("messages.qos2.sent", Kind.COUNTER),
    MESSAGES_PUBLISH("messages.publish", Kind.COUNTER),
    MESSAGES_DROPPED("messages.dropped", Kind.COUNTER),
    MESSAGES_DROPPED_NO_SUBSCRIBERS("messages.dropped.no_subscribers", Kind.COUNTER),
    MESSAGES_DROPPED_QUOTA_EXCEEDED("messages.dropped.quota_exceeded", Kind.COUNTER),
    MESSAGES_DROPPED_RECEIVE_MAXIMUM("messages.dropped.receive_maximum", Kind.COUNTER),
    MESSAGES_DELIVERED("messages.delivered", Kind.COUNTER),
    MESSAGES_ACKED("messages.acked", Kind.COUNTER),
    MESSAGES_RETAINED("messages.retained", Kind.COUNTER),
    DELIVERY_DROPPED("delivery.dropped", Kind.COUNTER),
    DELIVERY_DROPPED_NO_LOCAL("delivery.dropped.no_local", Kind.COUNTER),
    DELIVERY_DROPPED_TOO_LARGE("delivery.dropped.too_large", Kind.COUNTER),
    DELIVERY_DROPPED_QOS0_MSG("delivery.dropped.qos0_msg", Kind.COUNTER),
    DELIVERY_DROPPED_QUEUE_FULL("delivery.dropped.queue_full", Kind.COUNTER),
    DELIVERY_DROPPED_EXPIRED("delivery.dropped.expired", Kind.COUNTER),
    DELIVERY_DROPPED_UNREADABLE("delivery.dropped.unreadable", Kind.COUNTER),
    CLIENT_CONNECT("client.connect", Kind.COUNTER),
    CLIENT_CONNACK("client.connack", Kind.COUNTER),
    CLIENT_CONNECTED("client.connected", Kind.COUNTER),
    CLIENT_AUTHENTICATE("client.authenticate", Kind.COUNTER),
    CLIENT_AUTH_ANONYMOUS("client.auth.anonymous", Kind.COUNTER),
    CLIENT_AUTHORIZE("client.authorize", Kind.COUNTER),
    CLIENT_SUBSCRIBE("client.subscribe", Kind.COUNTER),
    CLIENT_UNSUBSCRIBE("client.unsubscribe", Kind.COUNTER),
    CLIENT_DISCONNECTED("client.disconnected", Kind.COUNTER),
    SESSION_CREATED("session.created", Kind.COUNTER),
    SESSION_RESUMED("session.resumed", Kind.COUNTER),
    SESSION_TAKENOVER("session.takenover", Kind.COUNTER),
    SESSION_DISCARDED("session.discarded", Kind.COUNTER),
    SESSION_TERMINATED("session.terminated", Kind.COUNTER),
    AUTHORIZATION_ALLOW("authorization.allow", Kind.COUNTER),
    AUTHORIZATION_DENY("authorization.deny", Kind.COUNTER),
    AUTHORIZATION_CACHE_HIT("authorization.cache_hit", Kind.COUNTER),
    AUTHORIZATION_CACHE_MISS("authorization.cache_miss", Kind.COUNTER),
    AUTHORIZATION_SUPERUSER("authorization.superuser", Kind.COUNTER),
    AUTHORIZATION_NOMATCH("authorization.nomatch", Kind.COUNTER),
    AUTHORIZATION_MATCHED_ALLOW("authorization.matched_allow", Kind.COUNTER),
    AUTHORIZATION_MATCHED_DENY("authorization.matched_deny", Kind.COUNTER),
    AUTHORIZATION_ERROR("authorization.error", Kind.COUNTER),
    AUTHENTICATION_SUCCESS("authentication.success", Kind.COUNTER),
    AUTHENTICATION_SUCCESS_ANONYMOUS("authentication.success.anonymous", Kind.COUNTER),
    AUTHENTICATION_FAILURE("authentication.failure", Kind.COUNTER),
    LOOP_ERRORS("loop.errors", Kind.COUNTER),
    FATE_RECEIVED("received", Kind.FATE),
    FATE_ROUTED("routed", Kind.FATE),
    FATE_NO_SUBSCRIBERS("no_subscribers", Kind.FATE),
    FATE_QOS2_DUPLICATE("qos2_duplicate", Kind.FATE),
    FATE_REFUSED_NOT_AUTHORIZED("refused.not_authorized", Kind.FATE),
    FATE_REFUSED_HOOK("refused.hook", Kind.FATE),
    FATE_REFUSED_HOOK_FAILED("refused.hook_failed", Kind.FATE),
    FATE_REFUSED_QUOTA_EXCEEDED("refused.quota_exceeded", Kind.FATE),
    FATE_REFUSED_QOS_NOT_SUPPORTED("refused.qos_not_supported", Kind.FATE),
    FATE_REFUSED_RETAIN_NOT_SUPPORTED("refused.retain_not_supported", Kind.FATE),
    FATE_REFUSED_TOPIC_INVALID("refused.topic_invalid", Kind.FATE),
    FATE_REFUSED_RECEIVE_MAXIMUM("refused.receive_maximum", Kind.FATE),
    FATE_REFUSED_PACKET_IDENTIFIER_IN_USE("refused.packet_identifier_in_use", Kind.FATE),
    FATE_REFUSED_CONNECTION_CLOSED("refused.connection_closed", Kind.FATE),
    FATE_REFUSED_RETAINED_FULL("refused.retained_full", Kind.FATE),
    FATE_REFUSED_NODE_BUSY("refused.node_busy", Kind.FATE),
    FATE_REFUSED_STORE_UNAVAILABLE("refused.store_unavailable", Kind.FATE),
    FATE_MATCHED("matched", Kind.FATE),
    FATE_RETAINED("retained", Kind.FATE),
    FATE_REDISPATCHED("redispatched", Kind.FATE),
    FATE_RECOVERED("recovered", Kind.FATE),
    FATE_DELIVERED("delivered", Kind.FATE),
    FATE_QUEUED("queued", Kind.FATE),
    FATE_IN_FLIGHT("in_flight", Kind.FATE),
    FATE_EXPIRED("expired", Kind.FATE),
    FATE_DROPPED_QUEUE_FULL("dropped.queue_full", Kind.FATE),
    FATE_DROPPED_QOS0_NOT_STORED("dropped.qos0_not_stored", Kind.FATE),
    FATE_DROPPED_TOO_LARGE("dropped.too_large", Kind.FATE),
    FATE_DROPPED_CONNECTION_CLOSED("dropped.connection_closed", Kind.FATE),
    FATE_DROPPED_SESSION_ENDED("dropped.session_ended", Kind.FATE),
    FATE_DROPPED_REFUSED_BY_CLIENT("dropped.refused_by_client", Kind.FATE),
    FATE_DROPPED_NOT_AUTHORIZED("dropped.not_authorized", Kind.FATE),
    FATE_DROPPED_HOOK("dropped.hook", Kind.FATE),
    FATE_DROPPED_NO_MEMBER("dropped.no_member", Kind.FATE),
    FATE_DROPPED_UNREADABLE("dropped.unreadable", Kind.FATE),
    FATE_DROPPED_REDISPATCHED("dropped.redispatched", Kind.FATE),
    CONNECTIONS_COUNT("connections.count", Kind.GAUGE),
    SESSIONS_COUNT("sessions.count", Kind.GAUGE),
    SUBSCRIPTIONS_COUNT("subscriptions.count", Kind.GAUGE),
    SUBSCRIPTIONS_SHARED_COUNT("subscriptions.shared.count", Kind.GAUGE);

    /** Where a value is shown. */
    public enum Kind {
        /** Grows since the start; {@code metrics} in {@code $SYS}. */
        COUNTER,
        /** The fate of publishes and copies. */
        FATE,
        /** Goes up and down; {@code stats} in {@code $SYS}. */
        GAUGE
    }

    static final int COUNT = values().length;

    private final String label;
    private final Kind kind;

    Metric(String label, Kind kind) {
        this.label = label;
        this.kind = kind;
    }

    /** The name that users see. */
    public String label() {
        return label;
    }

    /** Where it is shown. */
    public Kind kind() {
        return kind;
    }
}
