// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.netty.util.collection.IntObjectHashMap;

/** The packet identifiers of QoS 2 messages that a client has published and not released yet [MQTT-4.3.3-10]. */
public final class Inbox {
    private final IntObjectHashMap<Boolean> waiting = new IntObjectHashMap<>(4);

    /** Whether the identifier waits for its PUBREL. */
    public boolean contains(int packetId) {
        return waiting.containsKey(packetId);
    }

    /** Takes an identifier in. */
    public void add(int packetId) {
        waiting.put(packetId, Boolean.TRUE);
    }

    /** PUBREL came; returns whether the identifier waited for it. */
    public boolean release(int packetId) {
        return waiting.remove(packetId) != null;
    }

    /** How many wait. */
    public int size() {
        return waiting.size();
    }
}
