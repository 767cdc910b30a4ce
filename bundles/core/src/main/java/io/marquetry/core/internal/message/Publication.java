// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.message;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A message that waits in a queue, is retained, or crosses to another loop. Immutable but for the count of who holds
 * it; its bytes lie in one array that all who hold it share: topic, then the MQTT 5 properties that are passed on, then
 * the payload.
 */
public final class Publication implements HasTopic {
    /** The deadline of a message that never expires. */
    public static final long NEVER = Long.MAX_VALUE;

    /** What an object of this class costs beside its bytes, roughly; charged so that tiny messages are not free. */
    private static final int OVERHEAD = 64;

    private static final AtomicIntegerFieldUpdater<Publication> HOLDERS =
            AtomicIntegerFieldUpdater.newUpdater(Publication.class, "holders");

    private final byte[] bytes;
    private final int topicLength;
    private final int propertiesLength;
    private final byte qos;
    private final boolean retain;
    private final long expiresAt;
    /** In how many queues and windows it is, or retained; the node is charged once for all of them. */
    @SuppressWarnings("unused") // by its updater only
    private volatile int holders;

    /** A message that takes these bytes over. */
    Publication(byte[] bytes, int topicLength, int propertiesLength, int qos, boolean retain, long expiresAt) {
        this.bytes = bytes;
        this.topicLength = topicLength;
        this.propertiesLength = propertiesLength;
        this.qos = (byte) qos;
        this.retain = retain;
        this.expiresAt = expiresAt;
    }

    /**
     * A message of these parts, which are copied.
     *
     * @param properties the encoded properties without topic alias, message expiry and subscription identifiers
     * @param expiresAt when it expires on the broker's clock, in milliseconds, or {@link #NEVER}
     */
    public static Publication of(
            byte[] topic, byte[] properties, byte[] payload, int qos, boolean retain, long expiresAt) {
        byte[] bytes = new byte[topic.length + properties.length + payload.length];
        System.arraycopy(topic, 0, bytes, 0, topic.length);
        System.arraycopy(properties, 0, bytes, topic.length, properties.length);
        System.arraycopy(payload, 0, bytes, topic.length + properties.length, payload.length);
        return new Publication(bytes, topic.length, properties.length, qos, retain, expiresAt);
    }

    /** As {@link #of(byte[], byte[], byte[], int, boolean, long)}, with properties and payload still in buffers. */
    static Publication of(
            byte[] topic,
            int topicLength,
            ByteBuf properties,
            ByteBuf source,
            int payloadStart,
            int payloadLength,
            int qos,
            boolean retain,
            long expiresAt) {
        int propertiesLength = properties.readableBytes();
        byte[] bytes = new byte[topicLength + propertiesLength + payloadLength];
        System.arraycopy(topic, 0, bytes, 0, topicLength);
        properties.getBytes(properties.readerIndex(), bytes, topicLength, propertiesLength);
        source.getBytes(payloadStart, bytes, topicLength + propertiesLength, payloadLength);
        return new Publication(bytes, topicLength, propertiesLength, qos, retain, expiresAt);
    }

    /**
     * As {@link #of(byte[], byte[], byte[], int, boolean, long)}, with what {@link #copyContent} has written.
     *
     * @param content properties and payload, from its position to its limit
     */
    public static Publication of(
            byte[] topic, ByteBuffer content, int propertiesLength, int qos, boolean retain, long expiresAt) {
        byte[] bytes = new byte[topic.length + content.remaining()];
        System.arraycopy(topic, 0, bytes, 0, topic.length);
        content.get(bytes, topic.length, content.remaining());
        return new Publication(bytes, topic.length, propertiesLength, qos, retain, expiresAt);
    }

    /**
     * When a message expires.
     *
     * @param seconds what its publisher asked for, or -1 for never
     * @param now milliseconds of the broker's clock
     * @param mostSeconds the longest life of a message, in seconds; 0 is no bound
     */
    static long expiresAt(long seconds, long now, long mostSeconds) {
        long granted = mostSeconds > 0 && (seconds < 0 || seconds > mostSeconds) ? mostSeconds : seconds;
        return granted < 0 ? NEVER : now + granted * 1000;
    }

    /** The topic name. */
    public String topic() {
        return new String(bytes, 0, topicLength, StandardCharsets.UTF_8);
    }

    /** The topic name's bytes, copied. */
    public byte[] topicBytes() {
        return java.util.Arrays.copyOf(bytes, topicLength);
    }

    /** The payload, copied. */
    public byte[] payload() {
        return java.util.Arrays.copyOfRange(bytes, topicLength + propertiesLength, bytes.length);
    }

    /** The encoded properties, copied. */
    public byte[] properties() {
        return java.util.Arrays.copyOfRange(bytes, topicLength, topicLength + propertiesLength);
    }

    /** Writes the encoded properties and then the payload into a buffer. */
    public void copyContent(ByteBuffer into) {
        into.put(bytes, topicLength, bytes.length - topicLength);
    }

    @Override
    public int topicHash() {
        return HasTopic.hash(bytes, topicLength);
    }

    byte[] bytes() {
        return bytes;
    }

    int topicLength() {
        return topicLength;
    }

    /** The length of the encoded properties in bytes. */
    public int propertiesLength() {
        return propertiesLength;
    }

    /** The payload's length in bytes. */
    public int payloadLength() {
        return bytes.length - topicLength - propertiesLength;
    }

    /** The quality of service it was published with. */
    public int qos() {
        return qos;
    }

    /** The RETAIN flag it was published with. */
    public boolean retain() {
        return retain;
    }

    /** Whether it ever does: when not, nobody need read the clock for it. */
    public boolean expires() {
        return expiresAt != NEVER;
    }

    /** When it expires, in milliseconds of the broker's clock, or {@link #NEVER}. */
    public long expiresAt() {
        return expiresAt;
    }

    /** Whether it has expired at a time of the broker's clock. */
    public boolean isExpired(long now) {
        return expiresAt <= now;
    }

    /** One more holds it; returns the bytes that the node holds more by that. Callable from any thread. */
    public int hold() {
        return HOLDERS.getAndIncrement(this) == 0 ? charge() : 0;
    }

    /** One who held it lets it go; returns the bytes that the node holds less by that. Callable from any thread. */
    public int release() {
        return HOLDERS.decrementAndGet(this) == 0 ? charge() : 0;
    }

    /** What it is charged with wherever bytes are bounded. */
    public int charge() {
        return charge(bytes.length);
    }

    static int charge(int length) {
        return length + OVERHEAD;
    }
}
