// SPDX-License-Identifier: Apache-2.0
package io.marquetry.api.mqtt;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An application message, as hooks and gateways see it. The arrays belong to the message: do not change them.
 *
 * @param topic the topic name
 * @param payload the application's bytes
 * @param qos the quality of service it was published with
 * @param retain whether it is, or is to be, retained
 * @param utf8Payload the payload format indicator: the publisher says that the payload is UTF-8 text
 * @param expirySeconds seconds until the message expires, or -1 when it never does
 * @param contentType the content type, or null
 * @param responseTopic where an answer is expected, or null
 * @param correlationData what the answer must carry, or null
 * @param userProperties the application's own properties, in order
 * @since 1.0
 */
public record Message(
        String topic,
        byte[] payload,
        QoS qos,
        boolean retain,
        boolean utf8Payload,
        long expirySeconds,
        @Nullable String contentType,
        @Nullable String responseTopic,
        byte @Nullable [] correlationData,
        List<UserProperty> userProperties) {

    /** Checks the topic name. */
    public Message {
        Topics.checkName(topic);
        Objects.requireNonNull(payload, "payload");
        Objects.requireNonNull(qos, "qos");
        userProperties = List.copyOf(userProperties);
    }

    /** A message with no properties that never expires. */
    public static Message of(String topic, byte[] payload, QoS qos, boolean retain) {
        return new Message(topic, payload, qos, retain, false, -1, null, null, null, List.of());
    }

    /** The same message on another topic. */
    public Message withTopic(String newTopic) {
        return new Message(
                newTopic,
                payload,
                qos,
                retain,
                utf8Payload,
                expirySeconds,
                contentType,
                responseTopic,
                correlationData,
                userProperties);
    }

    /** The same message with another payload. */
    public Message withPayload(byte[] newPayload) {
        return new Message(
                topic,
                newPayload,
                qos,
                retain,
                utf8Payload,
                expirySeconds,
                contentType,
                responseTopic,
                correlationData,
                userProperties);
    }

    /** The same message with other user properties. */
    public Message withUserProperties(List<UserProperty> newUserProperties) {
        return new Message(
                topic,
                payload,
                qos,
                retain,
                utf8Payload,
                expirySeconds,
                contentType,
                responseTopic,
                correlationData,
                newUserProperties);
    }
}
