// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.api.store.Batch;
import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.api.store.Table;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.store.Journals;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The retained messages of this node, bounded in number and bytes. Any loop may call any method; readers take no lock.
 *
 * <p>Retained against live: a publisher stores first and routes then; a subscriber enters the trie first, takes
 * {@link #stamp} then, and skips what is newer, because that reaches it as a live message.
 */
public final class RetainedMessages {
    private static final Logger LOG = LoggerFactory.getLogger(RetainedMessages.class);
    private static final byte[] NO_NAME = {};
    private static final int SWEPT_AT_ONCE = 256;
    /** So many that were swept may wait for the store on each loop. */
    private static final int MOST_SWEPT = 100_000;

    private final RetainedNode root = new RetainedNode(null, NO_NAME, 0);
    private final TopicLevels writerLevels = new TopicLevels();
    private final LongSupplier clock;
    private final LongSupplier wallClock;
    private final Budget budget;
    private @Nullable Journals journals;
    private RetainedNotes[] notes = {};
    private int nextSwept;
    private volatile RetainedSettings settings;
    private volatile long stamp;
    private volatile long count;
    private volatile long bytes;

    /**
     * @param clock milliseconds that never go back
     * @param wallClock milliseconds since 1970
     * @param budget is charged with what is retained
     */
    public RetainedMessages(RetainedSettings settings, LongSupplier clock, LongSupplier wallClock, Budget budget) {
        this.wallClock = wallClock;
        this.budget = budget;
        this.settings = settings;
        this.clock = clock;
    }

    /** Takes other bounds; what is there already stays. */
    public void settings(RetainedSettings changed) {
        settings = changed;
    }

    /** Whether a record of the store is one of ours. */
    public static boolean canRead(byte[] topic, byte[] value) {
        return RetainedRecord.read(topic, value, 0) != null;
    }

    /** How many there are, expired ones included until they are swept. */
    public long count() {
        return count;
    }

    /** Their bytes, topics and properties included. */
    public long bytes() {
        return bytes;
    }

    /** The number of changes so far. */
    public long stamp() {
        return stamp;
    }

    /**
     * Whether a message may be retained: its payload is not too long, and there is room for it or it replaces another.
     */
    public boolean accepts(Publication publication) {
        RetainedSettings bounds = settings;
        if (publication.payloadLength() > bounds.maxPayloadBytes()) {
            return false;
        }
        boolean fits = bounds.maxMessages() == 0 || count < bounds.maxMessages();
        long more = publication.charge();
        if (fits && (bounds.maxBytes() == 0 || bytes + more <= bounds.maxBytes())) {
            return true;
        }
        RetainedNode node = node(publication.topicBytes());
        RetainedNode.Entry before = node == null ? null : node.entry;
        if (before == null) {
            return false;
        }
        // What takes the place of another counts only by how much longer it is.
        more -= before.publication().charge();
        return more <= 0 || bounds.maxBytes() == 0 || bytes + more <= bounds.maxBytes();
    }

    /**
     * Retains a message in place of the topic's earlier one; an empty payload removes that [MQTT-3.3.1-6]. When it is
     * to survive it is noted, on the loop that calls.
     *
     * @param home of the loop that calls
     */
    public void put(Home home, Publication publication) {
        byte[] topic = publication.topicBytes();
        boolean changed = put(topic, publication);
        if (areKept()) {
            boolean hurried = publication.qos() > 0;
            // Who clears what is gone already may wait for the one who did that, since that may not be on disk yet.
            if (changed || hurried) {
                notes[home.index()].changed(topic, hurried, publication.charge());
            }
        }
    }

    /** As {@link #put(Home, Publication)}, of what the broker says anew when it starts. Any thread. */
    public void put(Publication publication) {
        put(publication.topicBytes(), publication);
    }

    private synchronized boolean put(byte[] topic, Publication publication) {
        stamp++;
        if (publication.payloadLength() > 0) {
            set(topic, new RetainedNode.Entry(publication, stamp));
            return true;
        }
        RetainedNode node = node(topic);
        return node != null && clear(node);
    }

    /** Under the lock. */
    private void set(byte[] topic, RetainedNode.Entry entry) {
        TopicLevels levels = writerLevels.read(topic);
        RetainedNode node = root;
        for (int i = 0; i < levels.count(); i++) {
            RetainedNode child = node.child(levels.bytes(), levels.from(i), levels.to(i), levels.hash(i));
            if (child == null) {
                child = new RetainedNode(node, levels.name(i), levels.hash(i));
                node.add(child);
            }
            node = child;
        }
        Publication publication = entry.publication();
        RetainedNode.Entry before = node.entry;
        if (before == null) {
            count++;
        } else {
            bytes -= before.publication().charge();
        }
        bytes += publication.charge();
        int more =
                publication.hold() - (before == null ? 0 : before.publication().release());
        if (more != 0) {
            budget.add(more);
        }
        node.entry = entry;
    }

    /** The message of one topic, or null. */
    public @Nullable Publication find(byte[] topic) {
        RetainedNode node = node(topic);
        return node == null ? null : live(node, Long.MAX_VALUE);
    }

    /** The messages that a filter matches and that are no newer than {@code newest}, to be found one by one. */
    public RetainedCursor matching(String filter, long newest) {
        return new RetainedCursor(root, filter, newest, clock);
    }

    /** Removes the expired ones; meant for a thread that may take its time. */
    public int sweep() {
        RetainedWalk walk = new RetainedWalk(root, "#", true);
        List<byte[]> swept = new ArrayList<>();
        int count = 0;
        while (!walk.isEnded() && hasRoomForSwept()) {
            RetainedNode node = walk.next(Integer.MAX_VALUE);
            byte[] topic = node == null ? null : sweep(node);
            if (topic == null) {
                continue;
            }
            count++;
            swept.add(topic);
            if (swept.size() == SWEPT_AT_ONCE) {
                noteSwept(swept);
                swept = new ArrayList<>();
            }
        }
        noteSwept(swept);
        return count;
    }

    private byte @Nullable [] sweep(RetainedNode node) {
        RetainedNode.Entry entry = node.entry;
        if (entry == null || !entry.publication().isExpired(clock.getAsLong())) {
            return null;
        }
        synchronized (this) {
            if (node.entry != entry) {
                return null;
            }
            clear(node);
        }
        return entry.publication().topicBytes();
    }

    // --- on disk ---

    /** What is retained from now on is to survive; called once, before anyone retains anything. */
    public void keepIn(Journals its, List<Home> homes) {
        journals = its;
        notes = homes.stream()
                .map(home -> new RetainedNotes(this, home, its.of(home)))
                .toArray(RetainedNotes[]::new);
    }

    /**
     * Reads back what a store has kept, before anyone retains anything. Takes its time, so not for a loop.
     *
     * @throws StoreException when the store cannot be read
     */
    public void recover(Store store) throws StoreException {
        new RetainedRecovery(this, store, clock.getAsLong(), ahead()).read();
        RetainedSettings bounds = settings;
        if ((bounds.maxMessages() > 0 && count > bounds.maxMessages())
                || (bounds.maxBytes() > 0 && bytes > bounds.maxBytes())) {
            LOG.warn(
                    "{} retained messages with {} bytes are more than maxMessages = {} or maxBytes = {} of"
                            + " io.marquetry.core.retained; all of them are kept, and no new one is taken until there"
                            + " is room: raise the bounds, or clear topics",
                    count,
                    bytes,
                    bounds.maxMessages(),
                    bounds.maxBytes());
        }
    }

    /** One of {@link #recover}; the first change from now on is newer. */
    synchronized void recovered(byte[] topic, RetainedNode.Entry entry) {
        set(topic, entry);
        stamp = Math.max(stamp, entry.stamp());
    }

    /** Writes the message of a topic as it is now, or that there is none; any thread. */
    void write(byte[] topic, Batch batch) {
        RetainedNode node = node(topic);
        RetainedNode.Entry entry = node == null ? null : node.entry;
        if (entry == null) {
            batch.delete(Table.RETAINED, topic);
        } else {
            batch.put(Table.RETAINED, topic, RetainedRecord.value(entry, ahead()));
        }
    }

    /** By how much the wall clock is ahead of the one that never goes back. */
    private long ahead() {
        return wallClock.getAsLong() - clock.getAsLong();
    }

    private boolean areKept() {
        Journals its = journals;
        return its != null && its.areKept();
    }

    /** Whether the store keeps up; what has expired can wait in memory as well as anywhere else. */
    private boolean hasRoomForSwept() {
        for (RetainedNotes its : notes) {
            if (its.backlog() > MOST_SWEPT) {
                return false;
            }
        }
        return true;
    }

    /** It does not matter which loop writes it: that writes what is there then. */
    private void noteSwept(List<byte[]> topics) {
        if (!topics.isEmpty() && areKept()) {
            RetainedNotes its = notes[nextSwept++ % notes.length];
            its.home().mailbox().post(() -> topics.forEach(topic -> its.changed(topic, false, 0)));
        }
    }

    // --- the tree ---

    private @Nullable RetainedNode node(byte[] topic) {
        TopicLevels levels = new TopicLevels().read(topic);
        RetainedNode node = root;
        for (int i = 0; i < levels.count() && node != null; i++) {
            node = node.child(levels.bytes(), levels.from(i), levels.to(i), levels.hash(i));
        }
        return node;
    }

    private @Nullable Publication live(RetainedNode node, long newest) {
        RetainedNode.Entry entry = node.entry;
        return entry == null || entry.stamp() > newest || entry.publication().isExpired(clock.getAsLong())
                ? null
                : entry.publication();
    }

    /** Under the lock; returns whether there was anything. */
    private boolean clear(RetainedNode node) {
        RetainedNode.Entry entry = node.entry;
        if (entry == null) {
            return false;
        }
        node.entry = null;
        count--;
        bytes -= entry.publication().charge();
        budget.add(-entry.publication().release());
        RetainedNode empty = node;
        RetainedNode parent = empty.parent;
        while (parent != null && empty.entry == null && !empty.hasChildren()) {
            parent.remove(empty);
            empty = parent;
            parent = empty.parent;
        }
        return true;
    }
}
