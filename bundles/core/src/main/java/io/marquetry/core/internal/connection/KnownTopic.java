// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.core.internal.router.Match;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A topic that a connection published to before: its name was checked, who gets it was looked up, and whether the
 * client may was decided.
 */
final class KnownTopic {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    final byte[] name;

    /** How many bytes of the name the client does not send. */
    private final int mounted;

    @Nullable
    Match match;

    /** With which stamp of the client's rights it is kept what the client may; 0 is none. */
    private int stamp;

    /** A bit for each thing that the client wants of the topic and may. */
    private byte allowed;

    private @Nullable String text;

    /** @param mounted the length of the mountpoint with which the name begins */
    KnownTopic(byte[] name, int mounted) {
        this.name = name;
        this.mounted = mounted;
    }

    /** Whether it is kept that the client may. */
    boolean isAllowed(int wanted, int itsStamp) {
        return stamp == itsStamp && (allowed & 1 << wanted) != 0;
    }

    /** Keeps that the client may. */
    void allow(int wanted, int itsStamp) {
        if (stamp != itsStamp) {
            stamp = itsStamp;
            allowed = 0;
        }
        allowed |= (byte) (1 << wanted);
    }

    String text() {
        if (text == null) {
            text = new String(name, StandardCharsets.UTF_8);
        }
        return text;
    }

    /**
     * Whether the client's part of it lies in a buffer; eight bytes at a time, since this is asked for every message.
     */
    boolean is(ByteBuf buffer, int start, int length) {
        int from = mounted;
        if (from + length != name.length) {
            return false;
        }
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            if ((long) LONGS.get(name, from + i) != buffer.getLong(start + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (name[from + i] != buffer.getByte(start + i)) {
                return false;
            }
        }
        return true;
    }
}
