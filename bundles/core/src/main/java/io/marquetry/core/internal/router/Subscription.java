// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.api.mqtt.TopicFilter;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * One subscription of one session. Its options change when the client subscribes again; they belong to the session's
 * home loop, as does its place in the node's set.
 */
public final class Subscription {
    static final int[] NO_IDS = {};

    private final Subscriber subscriber;
    private final TopicFilter filter;
    private int qos;
    private boolean noLocal;
    private boolean retainAsPublished;
    private int[] ids = NO_IDS;

    // Where it hangs; set and read by the trie under its lock, or on the home loop.
    @Nullable
    SubscriptionNode node;

    int index = -1;

    @Nullable
    SharedGroup group;

    /** Itself, for publishers that remember a member but must not keep it alive; set by the group. */
    @Nullable
    WeakReference<Subscription> weak;

    /** Whether its group has let it go; read on every loop. */
    volatile boolean leftGroup;

    /** A subscription that the trie does not know yet. */
    public Subscription(Subscriber subscriber, TopicFilter filter) {
        this.subscriber = subscriber;
        this.filter = filter;
    }

    /**
     * Sets its options; on the home loop.
     *
     * @param identifier the subscription identifier, or 0
     */
    public void options(int maximumQos, boolean local, boolean asPublished, int identifier) {
        qos = maximumQos;
        noLocal = local;
        retainAsPublished = asPublished;
        ids = identifier == 0 ? NO_IDS : new int[] {identifier};
    }

    /** Whose it is. */
    public Subscriber subscriber() {
        return subscriber;
    }

    /** What it subscribes to. */
    public TopicFilter filter() {
        return filter;
    }

    /** The maximum quality of service granted. */
    public int qos() {
        return qos;
    }

    /**
     * The quality of service of a delivery: the lower one of message and subscription [MQTT-3.8.4-8], or the higher one
     * with {@code upgradeQos}.
     */
    public int qos(int published, boolean upgrade) {
        return upgrade ? Math.max(qos, published) : Math.min(qos, published);
    }

    /** Whether own messages stay away. */
    public boolean noLocal() {
        return noLocal;
    }

    /** Whether the RETAIN flag is kept. */
    public boolean retainAsPublished() {
        return retainAsPublished;
    }

    /** Its identifier, or null when it has none. */
    public int @Nullable [] idsOrNull() {
        return ids.length == 0 ? null : ids;
    }

    int[] ids() {
        return ids;
    }
}
