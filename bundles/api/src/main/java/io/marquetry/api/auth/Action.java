// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.auth;

import io.marquetry.api.mqtt.QoS;

/**
 * What a client wants to do with a topic.
 *
 * @since 1.0
 */
public sealed interface Action {
    /**
     * Publish a message.
     *
     * @param qos the message's quality of service
     * @param retain whether it asks to be retained
     */
    record Publish(QoS qos, boolean retain) implements Action {}

    /**
     * Subscribe to a filter.
     *
     * @param qos the maximum quality of service asked for
     */
    record Subscribe(QoS qos) implements Action {}
}
