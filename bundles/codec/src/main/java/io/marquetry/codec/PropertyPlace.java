// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import static io.marquetry.codec.Property.*;

/**
 * Where properties stand, and which may stand there [MQTT-2.2.2.2]. Every identifier is below 64, so that a set of them
 * is one long with the bit of each identifier.
 */
enum PropertyPlace {
    CONNECT(
            SESSION_EXPIRY_INTERVAL,
            AUTHENTICATION_METHOD,
            AUTHENTICATION_DATA,
            REQUEST_PROBLEM_INFORMATION,
            REQUEST_RESPONSE_INFORMATION,
            RECEIVE_MAXIMUM,
            TOPIC_ALIAS_MAXIMUM,
            MAXIMUM_PACKET_SIZE),
    WILL(
            PAYLOAD_FORMAT_INDICATOR,
            MESSAGE_EXPIRY_INTERVAL,
            CONTENT_TYPE,
            RESPONSE_TOPIC,
            CORRELATION_DATA,
            WILL_DELAY_INTERVAL),
    CONNACK(
            SESSION_EXPIRY_INTERVAL,
            ASSIGNED_CLIENT_IDENTIFIER,
            SERVER_KEEP_ALIVE,
            AUTHENTICATION_METHOD,
            AUTHENTICATION_DATA,
            RESPONSE_INFORMATION,
            SERVER_REFERENCE,
            REASON_STRING,
            RECEIVE_MAXIMUM,
            TOPIC_ALIAS_MAXIMUM,
            MAXIMUM_QOS,
            RETAIN_AVAILABLE,
            MAXIMUM_PACKET_SIZE,
            WILDCARD_SUBSCRIPTION_AVAILABLE,
            SUBSCRIPTION_IDENTIFIER_AVAILABLE,
            SHARED_SUBSCRIPTION_AVAILABLE),
    PUBLISH(
            PAYLOAD_FORMAT_INDICATOR,
            MESSAGE_EXPIRY_INTERVAL,
            CONTENT_TYPE,
            RESPONSE_TOPIC,
            CORRELATION_DATA,
            SUBSCRIPTION_IDENTIFIER,
            TOPIC_ALIAS),
    /** PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK. */
    ACK(REASON_STRING),
    SUBSCRIBE(SUBSCRIPTION_IDENTIFIER),
    UNSUBSCRIBE(),
    DISCONNECT(SESSION_EXPIRY_INTERVAL, REASON_STRING, SERVER_REFERENCE),
    AUTH(AUTHENTICATION_METHOD, AUTHENTICATION_DATA, REASON_STRING);

    private final long allowed;

    PropertyPlace(Property... properties) {
        long set = bit(USER_PROPERTY); // goes everywhere
        for (Property property : properties) {
            set |= bit(property);
        }
        this.allowed = set;
    }

    static long bit(Property property) {
        return 1L << property.id();
    }

    boolean allows(Property property) {
        return (allowed & bit(property)) != 0;
    }

    /** Whether a property may stand here more than once. */
    boolean repeats(Property property) {
        return property == USER_PROPERTY || (property == SUBSCRIPTION_IDENTIFIER && this == PUBLISH);
    }
}
