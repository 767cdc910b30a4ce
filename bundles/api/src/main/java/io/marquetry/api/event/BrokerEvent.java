// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.event;

import io.marquetry.api.client.ClientInfo;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.api.mqtt.TopicFilter;

/**
 * Something that has happened.
 *
 * @since 1.0
 */
public sealed interface BrokerEvent {
    /** When, in milliseconds since 1970. */
    long at();

    /**
     * A client is connected; its CONNACK was sent.
     *
     * @param at when
     * @param client who
     * @param sessionPresent whether it came back to its session
     */
    record Connected(long at, ClientInfo client, boolean sessionPresent) implements BrokerEvent {}

    /**
     * A client was turned away.
     *
     * @param at when
     * @param client who it said it is
     * @param reason what its CONNACK said
     */
    record Refused(long at, ClientInfo client, ReasonCode reason) implements BrokerEvent {}

    /**
     * A connection has ended.
     *
     * @param at when
     * @param client whose
     * @param reason why, one of the names counted per listener, for example {@code keepalive_timeout}
     */
    record Disconnected(long at, ClientInfo client, String reason) implements BrokerEvent {}

    /**
     * A subscription was made or changed.
     *
     * @param at when
     * @param client whose
     * @param filter to what, as the broker knows it
     * @param qos the maximum quality of service granted
     */
    record Subscribed(long at, ClientInfo client, TopicFilter filter, QoS qos) implements BrokerEvent {}

    /**
     * A subscription has ended because the client asked for it.
     *
     * @param at when
     * @param client whose
     * @param filter as the broker knew it
     */
    record Unsubscribed(long at, ClientInfo client, TopicFilter filter) implements BrokerEvent {}
}
