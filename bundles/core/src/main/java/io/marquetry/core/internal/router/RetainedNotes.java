// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.api.store.Batch;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.store.Journal;
import io.marquetry.core.internal.store.SharedNote;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The topics whose retained message was changed by one loop, until the store has been given what became of them. Two
 * loops may change one topic at nearly the same time; each writes the message that is there when its batch is handed
 * over, so it does not matter whose batch comes last.
 *
 * <p>What somebody waits for goes into the batch that fills now. What nobody waits for, messages of QoS 0 and those
 * that were swept, goes along a little with each batch.
 */
final class RetainedNotes {
    /** How many bytes that nobody waits for go along with one batch. */
    static final int UNHURRIED_BYTES = 256 << 10;

    /** A topic without its message, in the table and in a batch. */
    private static final int OVERHEAD = 64;

    private final RetainedMessages messages;
    private final Home home;
    private final Journal journal;
    private final Set<ByteBuffer> unhurried = new LinkedHashSet<>();
    private volatile int backlog;
    private Changes filling = new Changes();
    private long ticket;

    RetainedNotes(RetainedMessages messages, Home home, Journal journal) {
        this.messages = messages;
        this.home = home;
        this.journal = journal;
    }

    Home home() {
        return home;
    }

    /** How many topics wait that nobody waits for; any thread. */
    int backlog() {
        return backlog;
    }

    /**
     * A topic was changed, on this loop.
     *
     * @param hurried whether somebody waits until it survives
     * @param charge about how long the message is
     */
    void changed(byte[] topic, boolean hurried, int charge) {
        ByteBuffer key = ByteBuffer.wrap(topic);
        Changes changes = changes();
        if (!hurried) {
            if (!changes.topics.contains(key) && unhurried.add(key)) {
                backlog = unhurried.size();
            }
        } else {
            if (changes.topics.add(key)) {
                changes.bytes += charge + topic.length + OVERHEAD;
            }
            if (!unhurried.isEmpty() && unhurried.remove(key)) {
                backlog = unhurried.size();
            }
        }
        journal.note(changes);
    }

    /** Those of the batch that fills now. */
    private Changes changes() {
        if (ticket != journal.ticket()) {
            ticket = journal.ticket();
            filling = new Changes();
        }
        return filling;
    }

    /** Those of one batch. */
    private final class Changes implements SharedNote {
        final Set<ByteBuffer> topics = new HashSet<>();
        int bytes;
        private boolean complete;

        @Override
        public void write(Batch batch) {
            topics.forEach(topic -> messages.write(topic.array(), batch));
            if (complete) {
                return;
            }
            complete = true;
            int until = batch.length() + UNHURRIED_BYTES;
            List<ByteBuffer> written = new ArrayList<>();
            for (Iterator<ByteBuffer> left = unhurried.iterator(); left.hasNext() && batch.length() < until; ) {
                ByteBuffer topic = left.next();
                left.remove();
                messages.write(topic.array(), batch);
                written.add(topic);
            }
            topics.addAll(written);
            backlog = unhurried.size();
            if (!unhurried.isEmpty()) {
                journal.note(changes());
            }
        }

        @Override
        public int bytes() {
            return bytes;
        }
    }
}
