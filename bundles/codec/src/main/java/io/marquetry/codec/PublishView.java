// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A PUBLISH as it lies in the read buffer: no copy, no object per message. Offsets are absolute indexes into
 * {@link #buffer}. One view serves a whole event loop; it is valid only during {@link PacketSink#onPublish}.
 *
 * <p>The decoder has checked the frame, the flags, the packet identifier and the properties. The topic's bytes are not
 * checked: the reader compares them with topics it knows and calls {@link #checkTopic} only for a new one.
 *
 * @since 1.0
 */
public final class PublishView {
    /** A topic alias and its identifier, in bytes. */
    private static final int TOPIC_ALIAS_BYTES = 3;
    /** A message expiry interval and its identifier, in bytes. */
    private static final int MESSAGE_EXPIRY_BYTES = 5;

    // Package-private on purpose: the decoder fills it, everyone else reads it through the accessors.
    ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    boolean v5;
    boolean dup;
    int qos;
    boolean retain;
    int packetId;
    int topicStart;
    int topicLength;
    int propertiesStart;
    int propertiesLength;
    int payloadStart;
    int payloadLength;
    int frameStart;
    int frameLength;
    // Of the properties: those that the broker must look at, and where they begin.
    int topicAlias;
    int topicAliasAt = -1;
    long messageExpirySeconds = -1;
    int messageExpiryAt = -1;

    /** The read buffer. Its indexes must not be moved, it must not be kept. */
    public ByteBuf buffer() {
        return buffer;
    }

    /** Whether the publisher speaks MQTT 5. */
    public boolean isV5() {
        return v5;
    }

    /** The DUP flag. */
    public boolean dup() {
        return dup;
    }

    /** The quality of service, 0 to 2. */
    public int qos() {
        return qos;
    }

    /** The RETAIN flag. */
    public boolean retain() {
        return retain;
    }

    /** The packet identifier; 0 with QoS 0. */
    public int packetId() {
        return packetId;
    }

    /** Where the topic name's bytes begin (behind its length). */
    public int topicStart() {
        return topicStart;
    }

    /** The topic name's length in bytes; 0 when a topic alias stands for it. */
    public int topicLength() {
        return topicLength;
    }

    /** Where the properties begin (behind their length). */
    public int propertiesStart() {
        return propertiesStart;
    }

    /** The properties' length in bytes; 0 for older versions. */
    public int propertiesLength() {
        return propertiesLength;
    }

    /** Where the payload begins. */
    public int payloadStart() {
        return payloadStart;
    }

    /** The payload's length in bytes. */
    public int payloadLength() {
        return payloadLength;
    }

    /** Where the whole packet begins, with its fixed header. */
    public int frameStart() {
        return frameStart;
    }

    /** The whole packet's length in bytes. */
    public int frameLength() {
        return frameLength;
    }

    /** The topic alias, or 0 when there is none. */
    public int topicAlias() {
        return topicAlias;
    }

    /** The message expiry interval in seconds, or -1 when there is none. */
    public long messageExpirySeconds() {
        return messageExpirySeconds;
    }

    /**
     * Checks the topic name's bytes: no wildcards [MQTT-3.3.2-2], no null character [MQTT-1.5.4-2], and, when strict,
     * well-formed UTF-8 [MQTT-1.5.4-1].
     *
     * @param strict false passes over what is not UTF-8
     * @throws ProtocolException {@code TOPIC_NAME_INVALID} for a wildcard, {@code MALFORMED_PACKET} for the rest
     */
    public void checkTopic(boolean strict) throws ProtocolException {
        TopicBytes.check(buffer, topicStart, topicLength, strict);
    }

    /** The topic name, copied; empty when a topic alias stands for it. */
    public String topicString() {
        return buffer.toString(topicStart, topicLength, StandardCharsets.UTF_8);
    }

    /** The topic name's bytes, copied. */
    public byte[] topicBytes() {
        return copy(topicStart, topicLength);
    }

    /** The payload, copied. */
    public byte[] payloadBytes() {
        return copy(payloadStart, payloadLength);
    }

    /** The properties as objects; not for the hot path. */
    public Properties properties() {
        return PropertiesReader.read(buffer, propertiesStart, propertiesStart + propertiesLength);
    }

    /**
     * The length in bytes of the properties that go on to subscribers as they are: all but the topic alias, which
     * belongs to this connection [MQTT-3.3.2-7], and the message expiry interval, which is counted down [MQTT-3.3.2-6].
     */
    public int forwardedPropertiesLength() {
        return propertiesLength
                - (topicAliasAt < 0 ? 0 : TOPIC_ALIAS_BYTES)
                - (messageExpiryAt < 0 ? 0 : MESSAGE_EXPIRY_BYTES);
    }

    /** Writes the properties that go on as they are, {@link #forwardedPropertiesLength} bytes, no length in front. */
    public void writeForwardedProperties(ByteBuf out) {
        if (topicAliasAt < 0 && messageExpiryAt < 0) {
            out.writeBytes(buffer, propertiesStart, propertiesLength);
            return;
        }
        boolean aliasFirst = messageExpiryAt < 0 || (topicAliasAt >= 0 && topicAliasAt < messageExpiryAt);
        int at = propertiesStart;
        at = writeUpTo(out, at, aliasFirst ? topicAliasAt : messageExpiryAt, aliasFirst);
        if (topicAliasAt >= 0 && messageExpiryAt >= 0) {
            at = writeUpTo(out, at, aliasFirst ? messageExpiryAt : topicAliasAt, !aliasFirst);
        }
        out.writeBytes(buffer, at, propertiesStart + propertiesLength - at);
    }

    /** The properties that go on as they are, copied, no length in front; null when there are none. */
    public byte @Nullable [] forwardedProperties() {
        int length = forwardedPropertiesLength();
        if (length == 0) {
            return null;
        }
        if (length == propertiesLength) {
            return copy(propertiesStart, length);
        }
        byte[] octets = new byte[length];
        writeForwardedProperties(Unpooled.wrappedBuffer(octets).writerIndex(0));
        return octets;
    }

    /** Writes from {@code at} to the property at {@code skipped} and returns the index behind that property. */
    private int writeUpTo(ByteBuf out, int at, int skipped, boolean alias) {
        out.writeBytes(buffer, at, skipped - at);
        return skipped + (alias ? TOPIC_ALIAS_BYTES : MESSAGE_EXPIRY_BYTES);
    }

    private byte[] copy(int start, int length) {
        byte[] octets = new byte[length];
        buffer.getBytes(start, octets);
        return octets;
    }
}
