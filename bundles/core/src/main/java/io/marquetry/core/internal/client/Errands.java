// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.client;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway asks of the broker for one client: what waits, what is under way, and what is still to be answered.
 * One after the other, as they were asked for; acknowledgements go first. Used by the loop of the client only.
 */
final class Errands {
    /** How an errand ends. */
    enum Kind {
        /** When the broker has read it. */
        TAKEN,
        /** When the broker answers its packet identifier. */
        ANSWERED,
        /** When the next PINGRESP comes. */
        PING,
        /** With the connection. */
        GOODBYE
    }

    /**
     * One request.
     *
     * @param packet makes its packet with a packet identifier
     * @param bytes what it is charged with while it is open
     * @param answer what the gateway waits for
     */
    record Errand(Kind kind, IntFunction<Packet> packet, long bytes, CompletableFuture<ReasonCode> answer) {}

    private final ArrayDeque<Packet> acknowledgements = new ArrayDeque<>(2);
    private final ArrayDeque<Errand> waiting = new ArrayDeque<>(2);
    private final ArrayDeque<Errand> pings = new ArrayDeque<>(2);
    private final Map<Integer, Errand> open = new HashMap<>(4);
    private @Nullable Errand unread;
    private int window = 1;
    private int lastId;

    /** How many may be under way, as the broker said. */
    void window(int most) {
        window = most;
    }

    void add(Errand errand) {
        waiting.add(errand);
    }

    /** Sends PUBACK, PUBREC, PUBREL or PUBCOMP before anything else. */
    void acknowledge(Packet packet) {
        acknowledgements.add(packet);
    }

    /** What the broker may be sent now, or null. */
    @Nullable
    Packet next() {
        Packet acknowledgement = acknowledgements.poll();
        if (acknowledgement != null) {
            return acknowledgement;
        }
        Errand first = waiting.peek();
        if (first == null || (first.kind() == Kind.ANSWERED && open.size() >= window)) {
            return null;
        }
        waiting.poll();
        int id = 0;
        switch (first.kind()) {
            case ANSWERED -> {
                id = freeId();
                open.put(id, first);
            }
            case TAKEN -> unread = first;
            case PING, GOODBYE -> pings.add(first);
        }
        return first.packet().apply(id);
    }

    private int freeId() {
        do {
            lastId = lastId == 65_535 ? 1 : lastId + 1;
        } while (open.containsKey(lastId));
        return lastId;
    }

    /** The broker has read what it was sent; gives back the errand that ends by that, or null. */
    @Nullable
    Errand taken() {
        Errand ended = unread;
        unread = null;
        return ended;
    }

    /** The broker has answered; gives back the errand that ends by that, or null. */
    @Nullable
    Errand answered(int packetId) {
        return open.remove(packetId);
    }

    /** PINGRESP came; gives back the errand that ends by that, or null. */
    @Nullable
    Errand pinged() {
        return pings.poll();
    }

    /** All that is open, oldest first as far as that can be told; none is open any more. */
    Iterable<Errand> end() {
        ArrayDeque<Errand> all = new ArrayDeque<>(open.values());
        if (unread != null) {
            all.add(unread);
        }
        all.addAll(pings);
        all.addAll(waiting);
        acknowledgements.clear();
        unread = null;
        open.clear();
        pings.clear();
        waiting.clear();
        return all;
    }
}
