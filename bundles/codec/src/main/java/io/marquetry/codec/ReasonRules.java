// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.api.mqtt.ReasonCode.*;
import static io.marquetry.codec.ProtocolException.protocolError;

import io.marquetry.api.mqtt.ReasonCode;
import java.util.EnumSet;
import java.util.Set;

/** Which reason code may stand in which packet, by who sends it [MQTT-2.4]. */
final class ReasonRules {
    private static final Set<ReasonCode> CONNACK = EnumSet.of(
            SUCCESS,
            UNSPECIFIED_ERROR,
            MALFORMED_PACKET,
            PROTOCOL_ERROR,
            IMPLEMENTATION_SPECIFIC_ERROR,
            UNSUPPORTED_PROTOCOL_VERSION,
            CLIENT_IDENTIFIER_NOT_VALID,
            BAD_USER_NAME_OR_PASSWORD,
            NOT_AUTHORIZED,
            SERVER_UNAVAILABLE,
            SERVER_BUSY,
            BANNED,
            BAD_AUTHENTICATION_METHOD,
            TOPIC_NAME_INVALID,
            PACKET_TOO_LARGE,
            QUOTA_EXCEEDED,
            PAYLOAD_FORMAT_INVALID,
            RETAIN_NOT_SUPPORTED,
            QOS_NOT_SUPPORTED,
            USE_ANOTHER_SERVER,
            SERVER_MOVED,
            CONNECTION_RATE_EXCEEDED);
    private static final Set<ReasonCode> PUBACK_PUBREC = EnumSet.of(
            SUCCESS,
            NO_MATCHING_SUBSCRIBERS,
            UNSPECIFIED_ERROR,
            IMPLEMENTATION_SPECIFIC_ERROR,
            NOT_AUTHORIZED,
            TOPIC_NAME_INVALID,
            PACKET_IDENTIFIER_IN_USE,
            QUOTA_EXCEEDED,
            PAYLOAD_FORMAT_INVALID);
    private static final Set<ReasonCode> PUBREL_PUBCOMP = EnumSet.of(SUCCESS, PACKET_IDENTIFIER_NOT_FOUND);
    private static final Set<ReasonCode> SUBACK = EnumSet.of(
            SUCCESS,
            GRANTED_QOS_1,
            GRANTED_QOS_2,
            UNSPECIFIED_ERROR,
            IMPLEMENTATION_SPECIFIC_ERROR,
            NOT_AUTHORIZED,
            TOPIC_FILTER_INVALID,
            PACKET_IDENTIFIER_IN_USE,
            QUOTA_EXCEEDED,
            SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
            SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
            WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);
    private static final Set<ReasonCode> UNSUBACK = EnumSet.of(
            SUCCESS,
            NO_SUBSCRIPTION_EXISTED,
            UNSPECIFIED_ERROR,
            IMPLEMENTATION_SPECIFIC_ERROR,
            NOT_AUTHORIZED,
            TOPIC_FILTER_INVALID,
            PACKET_IDENTIFIER_IN_USE);
    private static final Set<ReasonCode> DISCONNECT_OF_CLIENT = EnumSet.of(
            SUCCESS,
            DISCONNECT_WITH_WILL_MESSAGE,
            UNSPECIFIED_ERROR,
            MALFORMED_PACKET,
            PROTOCOL_ERROR,
            IMPLEMENTATION_SPECIFIC_ERROR,
            TOPIC_NAME_INVALID,
            RECEIVE_MAXIMUM_EXCEEDED,
            TOPIC_ALIAS_INVALID,
            PACKET_TOO_LARGE,
            MESSAGE_RATE_TOO_HIGH,
            QUOTA_EXCEEDED,
            ADMINISTRATIVE_ACTION,
            PAYLOAD_FORMAT_INVALID);
    private static final Set<ReasonCode> DISCONNECT_OF_BROKER = EnumSet.of(
            SUCCESS,
            UNSPECIFIED_ERROR,
            MALFORMED_PACKET,
            PROTOCOL_ERROR,
            IMPLEMENTATION_SPECIFIC_ERROR,
            NOT_AUTHORIZED,
            SERVER_BUSY,
            SERVER_SHUTTING_DOWN,
            BAD_AUTHENTICATION_METHOD,
            KEEP_ALIVE_TIMEOUT,
            SESSION_TAKEN_OVER,
            TOPIC_FILTER_INVALID,
            TOPIC_NAME_INVALID,
            RECEIVE_MAXIMUM_EXCEEDED,
            TOPIC_ALIAS_INVALID,
            PACKET_TOO_LARGE,
            MESSAGE_RATE_TOO_HIGH,
            QUOTA_EXCEEDED,
            ADMINISTRATIVE_ACTION,
            PAYLOAD_FORMAT_INVALID,
            RETAIN_NOT_SUPPORTED,
            QOS_NOT_SUPPORTED,
            USE_ANOTHER_SERVER,
            SERVER_MOVED,
            SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
            CONNECTION_RATE_EXCEEDED,
            MAXIMUM_CONNECT_TIME,
            SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
            WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);
    private static final Set<ReasonCode> AUTH_OF_CLIENT = EnumSet.of(CONTINUE_AUTHENTICATION, REAUTHENTICATE);
    private static final Set<ReasonCode> AUTH_OF_BROKER = EnumSet.of(SUCCESS, CONTINUE_AUTHENTICATION);

    private ReasonRules() {}

    /**
     * The reason code with this number.
     *
     * @param toBroker whether a client sent it
     * @throws ProtocolException when the packet cannot carry it
     */
    static ReasonCode read(int value, PacketType type, boolean toBroker) throws ProtocolException {
        ReasonCode reason = ReasonCode.of(value);
        if (reason == null || !allowed(type, toBroker).contains(reason)) {
            throw protocolError(String.format("expected a reason code of %s, got 0x%02X", type, value));
        }
        return reason;
    }

    static Set<ReasonCode> allowed(PacketType type, boolean toBroker) {
        return switch (type) {
            case CONNACK -> CONNACK;
            case PUBACK, PUBREC -> PUBACK_PUBREC;
            case PUBREL, PUBCOMP -> PUBREL_PUBCOMP;
            case SUBACK -> SUBACK;
            case UNSUBACK -> UNSUBACK;
            case DISCONNECT -> toBroker ? DISCONNECT_OF_CLIENT : DISCONNECT_OF_BROKER;
            case AUTH -> toBroker ? AUTH_OF_CLIENT : AUTH_OF_BROKER;
            default -> throw new IllegalArgumentException(type + " has no reason code");
        };
    }
}
