// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.api.mqtt.TopicFilter;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * One subscription of one session. Its options change when the client subscribes again; they belong to the session's
 * home loop, as does its place in the node's set.
 *
 * <p>The right to it may end while it lasts. It is then <em>withheld</em>: it stays, and delivers nothing, until the
 * client has the right again.
 */
public final class Subscription {
    static final int[] NO_IDS = {};
    private static final int GRANTED = -1;

    private final Subscriber subscriber;
    private final TopicFilter filter;
    private int qos;
    private boolean noLocal;
    private boolean retainAsPublished;
    private int[] ids = NO_IDS;
    /** The {@link Subscriber#rights} at which its right was looked at last. */
    private int looked;
    /** The epoch of the policy for which it is withheld, or {@link #GRANTED}; others read whom a group may pick. */
    private volatile int withheld = GRANTED;

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

    // --- its right ---

    /** Whether its right was looked at since it last might have changed; on the home loop. */
    public boolean isLooked(int rights) {
        return looked == rights;
    }

    /**
     * Its right is looked at, or was granted.
     *
     * @param rights what {@link Subscriber#rights} said before anyone was asked
     */
    public void looked(int rights) {
        looked = rights;
    }

    /** Whether it is subscribed, and not over yet. */
    public boolean isIn() {
        return node != null;
    }

    /** The client has the right to it. */
    public void grant() {
        if (withheld != GRANTED) {
            withheld = GRANTED;
            subscriber.countWithheld(-1);
        }
    }

    /** The client has no right to it any more, by the policy of this epoch. */
    public void withhold(int epoch) {
        if (withheld == GRANTED) {
            subscriber.countWithheld(1);
        }
        withheld = epoch & Integer.MAX_VALUE;
    }

    /** Whether it delivers nothing. */
    public boolean isWithheld() {
        return withheld != GRANTED;
    }

    /** Whether another member of its group is to be picked; one is tried once under each policy. Any loop. */
    boolean isWithheldBy(int epoch) {
        return withheld == (epoch & Integer.MAX_VALUE);
    }
}
