// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.api.store.Store;
import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.config.RetainedSettings;
import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.message.Publication;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages of this node, bounded in number and bytes. Any loop may call any method; readers take no lock.
 *
 * <p>Retained against live: a publisher stores first and routes then; a subscriber enters the trie first, takes
 * {@link #stamp} then, and skips what is newer, because that reaches it as a live message.
 */
public final class RetainedMessages {
    private static final byte[] NO_NAME = {};

    private final RetainedNode root = new RetainedNode(null, NO_NAME, 0);
    private final TopicLevels writerLevels = new TopicLevels();
    private final LongSupplier clock;
    private final Budget budget;
    private volatile RetainedSettings settings;
    private volatile long stamp;
    private volatile long count;
    private volatile long bytes;

    /**
     * @param clock milliseconds that never go back
     * @param budget is charged with what is retained
     */
    public RetainedMessages(RetainedSettings settings, LongSupplier clock, Budget budget) {
        this.budget = budget;
        this.settings = settings;
        this.clock = clock;
    }

    /** Takes other bounds; what is there already stays. */
    public void settings(RetainedSettings changed) {
        settings = changed;
    }

    /**
     * Reads back what a store has kept, before anyone retains anything. Takes its time, so not for a loop.
     *
     * @throws StoreException when the store cannot be read
     */
    public void recover(Store store) throws StoreException {
        // Nothing is kept yet.
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

    /** Retains a message in place of the topic's earlier one; an empty payload removes that [MQTT-3.3.1-6]. */
    public synchronized void put(Publication publication) {
        stamp++;
        byte[] topic = publication.topicBytes();
        if (publication.payloadLength() == 0) {
            RetainedNode node = node(topic);
            if (node != null) {
                clear(node);
            }
            return;
        }
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
        node.entry = new RetainedNode.Entry(publication, stamp);
    }

    /** The message of one topic, or null. */
    public @Nullable Publication find(byte[] topic) {
        RetainedNode node = node(topic);
        return node == null ? null : live(node, Long.MAX_VALUE);
    }

    /** The messages that a filter matches and that are no newer than {@code newest}. */
    public List<Publication> matching(String filter, long newest) {
        List<Publication> result = new ArrayList<>();
        TopicLevels levels = new TopicLevels().read(filter.getBytes(StandardCharsets.UTF_8));
        collect(root, levels, 0, newest, result);
        return result;
    }

    /** Removes the expired ones; meant for a thread that may take its time. */
    public int sweep() {
        List<RetainedNode> expired = new ArrayList<>();
        findExpired(root, clock.getAsLong(), expired);
        for (RetainedNode node : expired) {
            synchronized (this) {
                RetainedNode.Entry entry = node.entry;
                if (entry != null && entry.publication().isExpired(clock.getAsLong())) {
                    clear(node);
                }
            }
        }
        return expired.size();
    }

    private static void findExpired(RetainedNode node, long now, List<RetainedNode> expired) {
        RetainedNode.Entry entry = node.entry;
        if (entry != null && entry.publication().isExpired(now)) {
            expired.add(node);
        }
        node.forEachChild(child -> findExpired(child, now, expired));
    }

    private @Nullable RetainedNode node(byte[] topic) {
        TopicLevels levels = new TopicLevels().read(topic);
        RetainedNode node = root;
        for (int i = 0; i < levels.count() && node != null; i++) {
            node = node.child(levels.bytes(), levels.from(i), levels.to(i), levels.hash(i));
        }
        return node;
    }

    private void collect(RetainedNode node, TopicLevels filter, int level, long newest, List<Publication> result) {
        if (level == filter.count()) {
            addLive(node, newest, result);
            return;
        }
        if (filter.is(level, '#')) {
            collectAll(node, level == 0, newest, result);
        } else if (filter.is(level, '+')) {
            node.forEachChild(child -> {
                if (level > 0 || !isReserved(child)) {
                    collect(child, filter, level + 1, newest, result);
                }
            });
        } else {
            RetainedNode child = node.child(filter.bytes(), filter.from(level), filter.to(level), filter.hash(level));
            if (child != null) {
                collect(child, filter, level + 1, newest, result);
            }
        }
    }

    private void collectAll(RetainedNode node, boolean atRoot, long newest, List<Publication> result) {
        addLive(node, newest, result);
        node.forEachChild(child -> {
            if (!atRoot || !isReserved(child)) {
                collectAll(child, false, newest, result);
            }
        });
    }

    /** [MQTT-4.7.2-1] */
    private static boolean isReserved(RetainedNode firstLevel) {
        return firstLevel.name().length > 0 && firstLevel.name()[0] == '$';
    }

    private void addLive(RetainedNode node, long newest, List<Publication> result) {
        Publication publication = live(node, newest);
        if (publication != null) {
            result.add(publication);
        }
    }

    private @Nullable Publication live(RetainedNode node, long newest) {
        RetainedNode.Entry entry = node.entry;
        return entry == null || entry.stamp() > newest || entry.publication().isExpired(clock.getAsLong())
                ? null
                : entry.publication();
    }

    private void clear(RetainedNode node) {
        RetainedNode.Entry entry = node.entry;
        if (entry == null) {
            return;
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
    }
}
