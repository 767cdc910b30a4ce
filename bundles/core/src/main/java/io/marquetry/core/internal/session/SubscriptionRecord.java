// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.router.Subscription;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A subscription as it lies in the store; its filter is in the key.
 *
 * @param identifier the subscription identifier, or 0
 * @param owedUpTo the stamp up to which retained messages are still to be searched for; mostly there is no such search,
 *     which is 0 and takes no place
 * @param sent the filter that the client sent, when a hook has changed it; or null
 */
record SubscriptionRecord(
        int qos,
        boolean noLocal,
        boolean retainAsPublished,
        int identifier,
        long owedUpTo,
        @Nullable String sent) {
    private static final byte VERSION = 1;
    private static final int NO_LOCAL = 4;
    private static final int RETAIN_AS_PUBLISHED = 8;
    private static final int SENT = 16;
    /** A search is owed; brokers that do not know it refuse the record. */
    private static final int OWED = 32;

    static byte[] write(Subscription subscription, long owedUpTo, @Nullable String sent) {
        byte[] text = sent == null ? new byte[0] : sent.getBytes(StandardCharsets.UTF_8);
        int[] ids = subscription.idsOrNull();
        ByteBuffer out = ByteBuffer.allocate(6 + (owedUpTo == 0 ? 0 : Long.BYTES) + text.length)
                .put(VERSION)
                .put((byte) (subscription.qos()
                        | (subscription.noLocal() ? NO_LOCAL : 0)
                        | (subscription.retainAsPublished() ? RETAIN_AS_PUBLISHED : 0)
                        | (sent == null ? 0 : SENT)
                        | (owedUpTo == 0 ? 0 : OWED)))
                .putInt(ids == null ? 0 : ids[0]);
        if (owedUpTo != 0) {
            out.putLong(owedUpTo);
        }
        return out.put(text).array();
    }

    /** @throws IllegalArgumentException when it is none */
    static SubscriptionRecord read(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        try {
            byte version = in.get();
            int flags = in.get();
            if (version != VERSION || flags < 0 || flags > 63 || (flags & 3) == 3) {
                throw new IllegalArgumentException(
                        "expected version " + VERSION + " and flags, not " + version + " and " + flags);
            }
            int identifier = in.getInt();
            long owedUpTo = (flags & OWED) == 0 ? 0 : in.getLong();
            String sent = (flags & SENT) == 0
                    ? null
                    : new String(value, in.position(), in.remaining(), StandardCharsets.UTF_8);
            return new SubscriptionRecord(
                    flags & 3, (flags & NO_LOCAL) != 0, (flags & RETAIN_AS_PUBLISHED) != 0, identifier, owedUpTo, sent);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("expected a subscription, but its record is cut off", e);
        }
    }
}
