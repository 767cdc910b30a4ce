// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.connection;

import io.marquetry.api.mqtt.ReasonCode;
import io.marquetry.codec.Packet;
import io.marquetry.codec.PacketType;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.Receipt;
import io.marquetry.core.internal.store.Waiter;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The acknowledgements of one client that promise something which does not survive yet, and all that came behind them:
 * they leave in the order in which they were sent [MQTT-4.6.0-2] [MQTT-4.6.0-3], each when what it promises is
 * committed. What needs no commit and finds nobody waiting is written at once.
 *
 * <p>Bounded in bytes: a client that makes too many of them wait is not read until half of them have left.
 */
final class Acks implements Waiter {
    /** What an entry costs, roughly. */
    private static final int OVERHEAD = 64;

    /** One packet. */
    private static final class Held {
        final PacketType type;
        final int packetId;
        final ReasonCode reason;
        final long ticket;
        final @Nullable Receipt receipt;
        /** What is written instead of an acknowledgement of four bytes. */
        final @Nullable Runnable write;

        Held(
                PacketType type,
                int packetId,
                ReasonCode reason,
                long ticket,
                @Nullable Receipt receipt,
                @Nullable Runnable write) {
            this.type = type;
            this.packetId = packetId;
            this.reason = reason;
            this.ticket = ticket;
            this.receipt = receipt;
            this.write = write;
        }

        /** Whether a message of the client is not acknowledged before, and no inbox knows of it. */
        boolean isMessage() {
            return type == PacketType.PUBACK || (type == PacketType.PUBREC && reason.isError());
        }

        int charge() {
            return write == null ? OVERHEAD : 4 * OVERHEAD;
        }
    }

    private final Connection connection;
    private final Journal journal;
    private @Nullable ArrayDeque<Held> queue;
    private boolean awaited;
    private boolean releasing;
    private int bytes;
    private int unacknowledged;

    Acks(Connection connection) {
        this.connection = connection;
        this.journal = connection.context().journal(connection.home());
    }

    /**
     * Sends PUBACK, PUBREC, PUBREL or PUBCOMP when its turn has come and what it promises survives.
     *
     * @param ticket of the journal, or 0
     * @param receipt of a message that other loops keep too, or null
     */
    void send(PacketType type, int packetId, ReasonCode reason, long ticket, @Nullable Receipt receipt) {
        if (isFree(ticket, receipt)) {
            connection.outlet().ack(type, packetId, reason);
        } else {
            add(new Held(type, packetId, reason, ticket, receipt, null));
        }
    }

    /** As {@link #send(PacketType, int, ReasonCode, long, Receipt)}, for SUBACK and UNSUBACK. */
    void send(Packet packet, long ticket, Runnable write) {
        if (isFree(ticket, null)) {
            write.run();
        } else {
            add(new Held(packet.type(), 0, ReasonCode.SUCCESS, ticket, null, write));
        }
    }

    /** How many messages of the client are not acknowledged because of that, those in its session's inbox left out. */
    int unacknowledged() {
        return unacknowledged;
    }

    /** The connection is gone. */
    void closed() {
        queue = null;
        charge(-bytes);
        unacknowledged = 0;
    }

    long bytes() {
        return bytes;
    }

    private boolean isFree(long ticket, @Nullable Receipt receipt) {
        return (queue == null || queue.isEmpty())
                && (ticket == 0 || journal.isCommitted(ticket))
                && (receipt == null || (receipt.isOver() && receipt.survives()));
    }

    private void add(Held held) {
        if (queue == null) {
            queue = new ArrayDeque<>(4);
        }
        queue.add(held);
        charge(held.charge());
        if (held.isMessage()) {
            unacknowledged++;
        }
        if (!awaited && !releasing) {
            await(held);
        }
        if (bytes > connection.context().settings().maxHeldBytes()) {
            connection.reading().pause(Pause.ACKS);
        }
    }

    private void charge(int more) {
        bytes += more;
        connection.home().ledger().add(more);
    }

    /** Has itself called back when the first one may leave; one call is enough for all that become ready with it. */
    private void await(Held first) {
        awaited = true;
        if (first.receipt != null && !first.receipt.isOver()) {
            first.receipt.whenOver(this);
        } else {
            journal.whenCommitted(first.ticket, this);
        }
    }

    @Override
    public void ended(boolean survives) {
        awaited = false;
        if (connection.isClosed()) {
            return;
        }
        if (survives) {
            release();
        } else {
            giveUp();
        }
    }

    private void release() {
        releasing = true;
        Held first = null;
        while (queue != null && (first = queue.peek()) != null && isReady(first)) {
            if (first.receipt != null && !first.receipt.survives()) {
                giveUp();
                return;
            }
            queue.poll();
            charge(-first.charge());
            if (first.isMessage()) {
                unacknowledged--;
            }
            write(first);
        }
        releasing = false;
        if (queue == null) {
            return; // what was written has ended the connection
        }
        if (first != null) {
            await(first);
        }
        if (bytes <= connection.context().settings().maxHeldBytes() / 2) {
            connection.reading().resume(Pause.ACKS);
        }
    }

    private boolean isReady(Held held) {
        return (held.receipt == null || held.receipt.isOver()) && journal.isCommitted(held.ticket);
    }

    private void write(Held held) {
        if (held.write != null) {
            held.write.run();
        } else {
            connection.outlet().ack(held.type, held.packetId, held.reason);
        }
    }

    /** The client sends again what was not acknowledged, perhaps to a broker that can keep it. */
    private void giveUp() {
        ConnectionLog.unkept(connection, "the connection is closed without the acknowledgement that it waits for");
        connection.fail(DisconnectReason.STORE_UNAVAILABLE, "the store cannot write");
    }
}
