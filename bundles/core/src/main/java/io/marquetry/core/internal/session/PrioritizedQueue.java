// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.config.MqttSettings;
import io.marquetry.core.internal.config.TopicPriority;
import java.util.AbstractQueue;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The queue of a session when some topics have priorities: the highest leave first, those of one priority in the order
 * in which they came. A topic has one priority, so messages of one publisher on one topic stay in order.
 *
 * <p>What waited before the priorities were changed keeps its order and leaves before everything that came after it, so
 * that no message overtakes an older one on its own topic.
 */
final class PrioritizedQueue extends AbstractQueue<Delivery> {
    private final TopicPriority others;
    private final ArrayDeque<Delivery> earlier;
    /** By priority, the highest first; none is empty. */
    private final TreeMap<Integer, ArrayDeque<Delivery>> levels = new TreeMap<>(Collections.reverseOrder());

    private Map<String, Integer> byTopic;
    private int size;

    private PrioritizedQueue(MqttSettings settings, ArrayDeque<Delivery> earlier) {
        this.byTopic = settings.mqueuePriorities();
        this.others = settings.mqueueDefaultPriority();
        this.earlier = earlier;
        this.size = earlier.size();
    }

    /** The queue to go on with under these settings; it has what this one had. */
    static Queue<Delivery> adapt(Queue<Delivery> queue, MqttSettings settings) {
        if (queue instanceof PrioritizedQueue prioritized && prioritized.goesOnWith(settings)) {
            return queue;
        }
        ArrayDeque<Delivery> waiting = queue instanceof ArrayDeque<Delivery> plain ? plain : new ArrayDeque<>(queue);
        return settings.mqueuePriorities().isEmpty() ? waiting : new PrioritizedQueue(settings, waiting);
    }

    private boolean goesOnWith(MqttSettings settings) {
        Map<String, Integer> theirs = settings.mqueuePriorities();
        if (others != settings.mqueueDefaultPriority() || !byTopic.equals(theirs)) {
            return false;
        }
        byTopic = theirs; // equal, and the same object at the next message
        return true;
    }

    private int priorityOf(Delivery delivery) {
        Integer own = byTopic.get(delivery.publication().topic());
        return own == null ? others.value() : own;
    }

    @Override
    public boolean offer(Delivery delivery) {
        levels.computeIfAbsent(priorityOf(delivery), priority -> new ArrayDeque<>(4))
                .add(delivery);
        size++;
        return true;
    }

    @Override
    public @Nullable Delivery peek() {
        if (!earlier.isEmpty()) {
            return earlier.peek();
        }
        return levels.isEmpty() ? null : levels.firstEntry().getValue().peek();
    }

    @Override
    public @Nullable Delivery poll() {
        return pollFrom(levels.firstEntry());
    }

    /**
     * Takes out the one that makes room for a new one: the oldest of the lowest priority.
     *
     * @return null when there is none, or when the new one is below everything that waits
     */
    @Nullable
    Delivery makeRoomFor(Delivery coming) {
        Map.Entry<Integer, ArrayDeque<Delivery>> lowest = levels.lastEntry();
        boolean below = earlier.isEmpty() && lowest != null && priorityOf(coming) < lowest.getKey();
        return below ? null : pollFrom(lowest);
    }

    /** Takes out the oldest of the lowest priority; null when there is none. */
    @Nullable
    Delivery pollLowest() {
        return pollFrom(levels.lastEntry());
    }

    /** What is from before these priorities comes first. */
    private @Nullable Delivery pollFrom(Map.@Nullable Entry<Integer, ArrayDeque<Delivery>> level) {
        Delivery polled = earlier.poll();
        if (polled == null && level != null) {
            polled = level.getValue().poll();
            if (level.getValue().isEmpty()) {
                levels.remove(level.getKey());
            }
        }
        if (polled != null) {
            size--;
        }
        return polled;
    }

    @Override
    public int size() {
        return size;
    }

    /** In the order in which they would leave. */
    @Override
    public Iterator<Delivery> iterator() {
        return Stream.concat(earlier.stream(), levels.values().stream().flatMap(ArrayDeque::stream))
                .iterator();
    }
}
