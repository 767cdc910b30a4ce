// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.message;

import io.marquetry.api.mqtt.Message;
import io.marquetry.api.mqtt.QoS;
import io.marquetry.api.mqtt.UserProperty;
import io.marquetry.codec.PacketEncoder;
import io.marquetry.codec.Properties;
import io.marquetry.codec.Property;
import io.marquetry.codec.PublishView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Between the message that extensions see and the bytes that the broker moves. */
public final class Messages {
    private static final byte[] NO_BYTES = {};

    private Messages() {}

    /** The message in the read buffer. */
    public static Message of(PublishView view, String topic) {
        Properties properties = view.propertiesLength() == 0 ? Properties.NONE : view.properties();
        return of(topic, view.payloadBytes(), QoS.of(view.qos()), view.retain(), properties);
    }

    /**
     * The message that a copy carries.
     *
     * @param now milliseconds of the broker's clock, from which its expiry is told
     */
    public static Message of(Publication publication, QoS qos, boolean retain, long now) {
        Properties.Builder properties = Properties.read(publication.properties()).toBuilder();
        if (publication.expiresAt() != Publication.NEVER) {
            properties.with(
                    Property.MESSAGE_EXPIRY_INTERVAL, Math.max(0, (publication.expiresAt() - now + 999) / 1000));
        }
        return of(publication.topic(), publication.payload(), qos, retain, properties.build());
    }

    /** A message of these parts; properties that do not belong to a message are left out. */
    @SuppressWarnings("NullAway") // it does not see that the array of a record in another bundle may be null
    public static Message of(String topic, byte[] payload, QoS qos, boolean retain, Properties properties) {
        return new Message(
                topic,
                payload,
                qos,
                retain,
                properties.number(Property.PAYLOAD_FORMAT_INDICATOR, 0) == 1,
                properties.number(Property.MESSAGE_EXPIRY_INTERVAL, -1),
                properties.text(Property.CONTENT_TYPE),
                properties.text(Property.RESPONSE_TOPIC),
                properties.binary(Property.CORRELATION_DATA),
                properties.userProperties());
    }

    /**
     * The bytes of a message.
     *
     * @param now milliseconds of the broker's clock, from which its expiry counts
     * @param mostSeconds the longest life of a message, in seconds; 0 is no bound
     */
    public static Publication publication(Message message, long now, long mostSeconds) {
        long expiresAt = Publication.expiresAt(message.expirySeconds(), now, mostSeconds);
        return Publication.of(
                message.topic().getBytes(StandardCharsets.UTF_8),
                encoded(content(message)),
                message.payload(),
                message.qos().value(),
                message.retain(),
                expiresAt);
    }

    /** The properties of a PUBLISH or a will that says the same as a message. */
    public static Properties properties(Message message) {
        Properties content = content(message);
        return message.expirySeconds() < 0
                ? content
                : content.toBuilder()
                        .with(Property.MESSAGE_EXPIRY_INTERVAL, message.expirySeconds())
                        .build();
    }

    /** The properties that travel with a message as they are: all but its expiry, which is counted down. */
    private static Properties content(Message message) {
        Properties.Builder builder = Properties.builder();
        if (message.utf8Payload()) {
            builder.with(Property.PAYLOAD_FORMAT_INDICATOR, 1);
        }
        builder.with(Property.CONTENT_TYPE, message.contentType());
        builder.with(Property.RESPONSE_TOPIC, message.responseTopic());
        byte @Nullable [] correlation = message.correlationData();
        builder.with(Property.CORRELATION_DATA, correlation);
        for (UserProperty property : message.userProperties()) {
            builder.with(property);
        }
        return builder.build();
    }

    private static byte[] encoded(Properties properties) {
        if (properties.isEmpty()) {
            return NO_BYTES;
        }
        int section = PacketEncoder.propertiesLength(properties);
        ByteBuf out = Unpooled.buffer(section, section);
        PacketEncoder.writeProperties(out, properties);
        int length = contentLength(section);
        byte[] bytes = new byte[length];
        out.getBytes(section - length, bytes);
        return bytes;
    }

    /** The length of a section without the length in front of it. */
    private static int contentLength(int section) {
        int prefix = 1;
        while (PacketEncoder.varintLength(section - prefix) != prefix) {
            prefix++;
        }
        return section - prefix;
    }
}
