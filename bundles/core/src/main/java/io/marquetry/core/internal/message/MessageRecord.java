// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.message;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** How a message lies in a store: the end of a record. Its expiry is kept by the wall clock, which outlives us. */
public final class MessageRecord {
    private static final int RETAIN = 4;
    private static final int EXPIRES = 8;
    private static final int HEAD = 1 + 2 + 4;

    private MessageRecord() {}

    /** How many bytes {@link #write} writes. */
    public static int length(Publication message) {
        return HEAD + (message.expiresAt() == Publication.NEVER ? 0 : Long.BYTES) + message.bytes().length;
    }

    /**
     * Writes a message.
     *
     * @param wallOffset what the wall clock is ahead of the broker's clock, in milliseconds
     */
    public static void write(Publication message, long wallOffset, ByteBuffer out) {
        boolean expires = message.expiresAt() != Publication.NEVER;
        out.put((byte) (message.qos() | (message.retain() ? RETAIN : 0) | (expires ? EXPIRES : 0)));
        if (expires) {
            out.putLong(message.expiresAt() + wallOffset);
        }
        out.putShort((short) message.topicLength());
        out.putInt(message.propertiesLength());
        out.put(message.bytes());
    }

    /**
     * Reads the message that the rest of a record is.
     *
     * @param wallOffset as of {@link #write}, now
     * @throws IllegalArgumentException when it is none
     */
    public static Publication read(ByteBuffer in, long wallOffset) {
        try {
            int flags = in.get();
            long expiresAt = (flags & EXPIRES) == 0 ? Publication.NEVER : in.getLong() - wallOffset;
            int topicLength = in.getShort() & 0xFFFF;
            int propertiesLength = in.getInt();
            int rest = in.remaining() - topicLength - propertiesLength;
            if ((flags & 3) == 3 || flags > 15 || propertiesLength < 0 || rest < 0) {
                throw new IllegalArgumentException("expected a message, not flags " + flags + ", a topic of "
                        + topicLength + " and properties of " + propertiesLength + " bytes with " + rest
                        + " more bytes");
            }
            byte[] bytes = new byte[in.remaining()];
            in.get(bytes);
            return new Publication(bytes, topicLength, propertiesLength, flags & 3, (flags & RETAIN) != 0, expiresAt);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("expected a message, but its record is cut off", e);
        }
    }

    /** What the message that the rest of a record is is charged with, without making it. */
    public static int charge(ByteBuffer rest) {
        int head = HEAD + ((rest.get(rest.position()) & EXPIRES) == 0 ? 0 : Long.BYTES);
        return Publication.charge(rest.remaining() - head);
    }
}
