// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.Table;
import io.marquetry.core.internal.store.Receipt;
import io.netty.util.collection.IntObjectHashMap;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The packet identifiers of QoS 2 messages that a client has published and not released yet [MQTT-4.3.3-10]. */
public final class Inbox {
    private static final Object KNOWN = new Object();
    private static final byte[] NOTHING = {};

    private final ApplicationMessages session;
    /** {@link #KNOWN}, or the receipt of a message that was not committed everywhere when it came. */
    private final IntObjectHashMap<Object> waiting = new IntObjectHashMap<>(4);

    Inbox(ApplicationMessages session) {
        this.session = session;
    }

    /** Whether the identifier waits for its PUBREL. */
    public boolean contains(int packetId) {
        return waiting.containsKey(packetId);
    }

    /** Takes an identifier in; that of a durable session survives with what is noted in this turn. */
    public void add(int packetId) {
        waiting.put(packetId, KNOWN);
        note(packetId);
    }

    /** Takes an identifier in that survives only with its message, when {@link #complete} is called. */
    public void add(int packetId, Receipt receipt) {
        waiting.put(packetId, receipt);
    }

    /** All parts of a message are there: its identifier survives with them, unless it was released meanwhile. */
    public void complete(int packetId, Receipt receipt) {
        if (waiting.get(packetId) == receipt && !session.hasEnded()) {
            note(packetId);
        }
    }

    /** What the PUBREC of a message that comes again has to wait for, or null. */
    public @Nullable Receipt underWay(int packetId) {
        return waiting.get(packetId) instanceof Receipt receipt && !receipt.isOver() ? receipt : null;
    }

    /** Takes an identifier in that a store has kept. */
    void restore(int packetId) {
        waiting.put(packetId, KNOWN);
    }

    /** PUBREL came; returns whether the identifier waited for it. */
    public boolean release(int packetId) {
        if (waiting.remove(packetId) == null) {
            return false;
        }
        if (session.isDurable()) {
            session.journal().delete(Table.INBOX, key(packetId));
        }
        return true;
    }

    /** How many wait. */
    public int size() {
        return waiting.size();
    }

    private void note(int packetId) {
        if (session.isDurable()) {
            session.journal().put(Table.INBOX, key(packetId), NOTHING);
        }
    }

    private byte[] key(int packetId) {
        return ByteBuffer.allocate(Long.BYTES + Short.BYTES)
                .putLong(session.number())
                .putShort((short) packetId)
                .array();
    }
}
