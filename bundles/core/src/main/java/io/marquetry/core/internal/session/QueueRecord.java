// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.message.MessageRecord;
import io.marquetry.core.internal.message.Publication;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A message in the queue of a session, as it lies in the store: how it is delivered, then the message itself, or the
 * number of one that several queues refer to.
 *
 * @param subscriptionIds the identifiers of the subscriptions that matched, or null
 * @param share the filter of the shared subscription it came by, or null
 * @param body the number of the message, or 0 when it is in here
 * @param charge what it is charged with
 * @param message what is behind the head, when the message is in here
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record QueueRecord(
        int qos,
        boolean retain,
        int @Nullable [] subscriptionIds,
        @Nullable String share,
        long body,
        int charge,
        ByteBuffer message) {
    private static final byte VERSION = 1;
    private static final int RETAIN = 4;
    private static final int BODY = 8;
    private static final int IDS = 16;
    private static final int SHARE = 32;
    private static final int ALL = 63;

    /**
     * Writes a record.
     *
     * @param body the message of several, or null
     * @param wallOffset as of {@link MessageRecord#write}
     */
    static byte[] write(Delivery delivery, @Nullable Body body, long wallOffset) {
        int[] ids = delivery.subscriptionIds();
        byte[] share = delivery.share() == null
                ? null
                : delivery.share().filter().text().getBytes(StandardCharsets.UTF_8);
        Publication message = delivery.publication();
        ByteBuffer out = ByteBuffer.allocate(2
                + (ids == null ? 0 : 2 + 4 * ids.length)
                + (share == null ? 0 : 2 + share.length)
                + (body == null ? MessageRecord.length(message) : 12));
        out.put(VERSION);
        out.put((byte) (delivery.qos()
                | (delivery.retain() ? RETAIN : 0)
                | (body == null ? 0 : BODY)
                | (ids == null ? 0 : IDS)
                | (share == null ? 0 : SHARE)));
        if (ids != null) {
            out.putShort((short) ids.length);
            for (int id : ids) {
                out.putInt(id);
            }
        }
        if (share != null) {
            out.putShort((short) share.length).put(share);
        }
        if (body == null) {
            MessageRecord.write(message, wallOffset, out);
        } else {
            out.putLong(body.number()).putInt(message.charge());
        }
        return out.array();
    }

    /**
     * Reads a record, but not yet its message.
     *
     * @throws IllegalArgumentException when it is none
     */
    static QueueRecord read(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        try {
            byte version = in.get();
            int flags = in.get();
            if (version != VERSION || flags < 0 || flags > ALL || (flags & 3) == 0 || (flags & 3) == 3) {
                throw new IllegalArgumentException(
                        "expected version " + VERSION + " and flags, not " + version + " and " + flags);
            }
            int[] ids = null;
            if ((flags & IDS) != 0) {
                ids = new int[in.getShort() & 0xFFFF];
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = in.getInt();
                }
            }
            String share = null;
            if ((flags & SHARE) != 0) {
                byte[] text = new byte[in.getShort() & 0xFFFF];
                in.get(text);
                share = new String(text, StandardCharsets.UTF_8);
            }
            long body = (flags & BODY) == 0 ? 0 : in.getLong();
            int charge = body == 0 ? MessageRecord.charge(in) : in.getInt();
            return new QueueRecord(flags & 3, (flags & RETAIN) != 0, ids, share, body, charge, in);
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("expected a message of a queue, but its record is cut off", e);
        }
    }

    /** Its message, when it is in here. */
    Publication read(long wallOffset) {
        return MessageRecord.read(message.duplicate(), wallOffset);
    }

    // --- a message of several ---

    /** The record of a message that several queues refer to. */
    static byte[] body(Publication message, long wallOffset) {
        ByteBuffer out = ByteBuffer.allocate(1 + MessageRecord.length(message)).put(VERSION);
        MessageRecord.write(message, wallOffset, out);
        return out.array();
    }

    /** Reads it. */
    static Publication body(byte[] value, long wallOffset) {
        if (value.length == 0 || value[0] != VERSION) {
            throw new IllegalArgumentException(
                    "expected a message of version " + VERSION + ", not " + (value.length == 0 ? "nothing" : value[0]));
        }
        return MessageRecord.read(ByteBuffer.wrap(value, 1, value.length - 1), wallOffset);
    }
}
