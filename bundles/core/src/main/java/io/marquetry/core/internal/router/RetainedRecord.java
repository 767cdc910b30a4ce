// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.core.internal.message.Publication;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A retained message in its table. The key is the topic name; the value, in big endian: a byte 1 for this form, 8 bytes
 * of stamp, a byte of QoS, 8 bytes of expiry in milliseconds since 1970 or the greatest number for never, 4 bytes that
 * say how long the properties are, the properties, the payload.
 */
final class RetainedRecord {
    private static final byte FORM = 1;
    private static final int HEAD = 1 + 8 + 1 + 8 + 4;
    private static final int LONGEST_TOPIC = 65_535;

    private RetainedRecord() {}

    /** @param ahead by how much the wall clock is ahead of the broker's */
    static byte[] value(RetainedNode.Entry entry, long ahead) {
        Publication publication = entry.publication();
        int properties = publication.propertiesLength();
        ByteBuffer out = ByteBuffer.allocate(HEAD + properties + publication.payloadLength());
        long expiresAt = publication.expiresAt();
        out.put(FORM)
                .putLong(entry.stamp())
                .put((byte) publication.qos())
                .putLong(expiresAt == Publication.NEVER ? expiresAt : expiresAt + ahead)
                .putInt(properties);
        publication.copyContent(out);
        return out.array();
    }

    /** The message, or null when these are not the bytes of one. */
    static RetainedNode.@Nullable Entry read(byte[] topic, byte[] value, long ahead) {
        if (topic.length == 0 || topic.length > LONGEST_TOPIC || value.length <= HEAD) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(value);
        byte form = in.get();
        long stamp = in.getLong();
        byte qos = in.get();
        long expiresAt = in.getLong();
        int properties = in.getInt();
        boolean whole = form == FORM && stamp > 0 && qos >= 0 && qos <= 2;
        if (!whole || properties < 0 || properties >= value.length - HEAD) {
            return null;
        }
        return new RetainedNode.Entry(
                Publication.of(
                        topic,
                        in,
                        properties,
                        qos,
                        true,
                        expiresAt == Publication.NEVER ? expiresAt : expiresAt - ahead),
                stamp);
    }
}
