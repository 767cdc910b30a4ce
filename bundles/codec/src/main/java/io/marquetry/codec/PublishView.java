// SPDX-License-Identifier: Apache-2.0
package io.marquetry.codec;

import io.netty.buffer.ByteBuf;

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
    // Package-private on purpose: the decoder fills it, everyone else reads it through the accessors.
    ByteBuf buffer = io.netty.buffer.Unpooled.EMPTY_BUFFER;
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
    // Of the properties: those that the broker must look at.
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
}
