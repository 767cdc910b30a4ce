// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.Frames;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who holds subscriptions: a session. Everything but {@link #home} and the three questions about state belongs to its
 * home loop.
 *
 * <p>When several of its subscriptions match one message, they are merged here: the message is delivered once, with the
 * highest quality of service [MQTT-3.3.4-2] and every subscription identifier [MQTT-3.3.4-4].
 */
public abstract class Subscriber {
    private final Home home;
    private final String clientId;
    private @Nullable Map<SharedGroup, @Nullable WeakReference<Subscription>> sticky;
    private long mergeStamp;
    /** The policy's epoch that {@link #rights} goes with. */
    private int epoch;

    private int rights;
    private int withheld;
    private int looking;
    private byte mergedQos;
    private boolean mergedRetain;
    private int @Nullable [] mergedIds;

    protected Subscriber(Home home, String clientId) {
        this.home = home;
        this.clientId = clientId;
    }

    /** Whether what it holds is to survive the broker; settled before its first subscription. */
    public boolean isDurable() {
        return false;
    }

    /** The client identifier. */
    public final String clientId() {
        return clientId;
    }

    /** Where it lives. */
    public final Home home() {
        return home;
    }

    /**
     * Takes one message; called on its home loop.
     *
     * @param frames the message, valid during this call only
     * @param qos the quality of service it is to be delivered with
     * @param retain the RETAIN flag it is to be delivered with
     * @param subscriptionIds the identifiers of the subscriptions that matched, or null when there are none
     * @param share the shared subscription it comes by, or null
     */
    public abstract void deliver(
            Frames frames, int qos, boolean retain, int @Nullable [] subscriptionIds, @Nullable Subscription share);

    /** Whether a client is connected; callable from any thread. */
    public abstract boolean isOnline();

    /** Whether its queue takes no more, and it would rather refuse than drop; callable from any thread. */
    public abstract boolean isFull();

    /** Whether it has ended; callable from any thread. */
    public abstract boolean hasEnded();

    // --- rights ---

    /**
     * A number that changes whenever its rights may have: by the policy's epoch, or by {@link #rightsChanged}. On its
     * home loop, as all of these.
     *
     * @param now the epoch now
     */
    public final int rights(int now) {
        if (epoch != now) {
            epoch = now;
            rights++;
        }
        return rights;
    }

    /** Its own rights may have changed, whatever the policy is: each subscription is looked at before it delivers. */
    public void rightsChanged() {
        rights++;
    }

    /** Answers to {@link #look} that are not there yet; begins anew with each connection. */
    protected final int looking() {
        return looking;
    }

    /** One more answer is to come, or one less. */
    public void looking(int change) {
        looking += change;
    }

    /** Whoever was asked is gone. */
    protected final void lookNoMore() {
        looking = 0;
    }

    /** Whether some of its subscriptions are withheld. */
    public final boolean isAnyWithheld() {
        return withheld > 0;
    }

    final void countWithheld(int change) {
        withheld += change;
    }

    /** Whether a subscription delivers; costs two compares unless rights may have changed. */
    public final boolean admits(Subscription subscription, int now) {
        if (epoch != now || !subscription.isLooked(rights)) {
            if (subscription.isWithheld()) {
                subscription.withhold(now); // tried under this policy, so that a group does not try again and again
            }
            look(subscription, rights(now));
        }
        return !subscription.isWithheld();
    }

    /**
     * Looks whether the client still has the right to a subscription, and grants or withholds it: at once, or when the
     * answer is there; until then it stays as it is.
     *
     * @param its the {@link #rights} now
     */
    protected void look(Subscription subscription, int its) {
        subscription.looked(its);
    }

    /** Whether it lives on this node: every session does as long as a node knows none but its own. */
    final boolean isHere() {
        return true;
    }

    /** The member of a sticky group that this publisher got, or null; on its home loop. */
    final @Nullable Subscription memberOf(SharedGroup group) {
        WeakReference<Subscription> member = sticky == null ? null : sticky.get(group);
        return member == null ? null : member.get();
    }

    /** Keeps a member of a sticky group, but alive neither it nor the group; on its home loop. */
    final void keep(SharedGroup group, Subscription member) {
        if (sticky == null) {
            sticky = new WeakHashMap<>(4);
        }
        sticky.put(group, member.weak);
    }

    /**
     * Adds a match of the message with this stamp.
     *
     * @return whether it is the first one
     */
    final boolean merge(long stamp, int qos, boolean retain, int[] ids) {
        if (mergeStamp != stamp) {
            mergeStamp = stamp;
            mergedQos = (byte) qos;
            mergedRetain = retain;
            mergedIds = ids.length == 0 ? null : ids;
            return true;
        }
        mergedQos = (byte) Math.max(mergedQos, qos);
        mergedRetain |= retain;
        if (ids.length > 0) {
            if (mergedIds == null) {
                mergedIds = ids;
            } else {
                int length = mergedIds.length;
                mergedIds = Arrays.copyOf(mergedIds, length + ids.length);
                System.arraycopy(ids, 0, mergedIds, length, ids.length);
            }
        }
        return false;
    }

    /** Delivers what was merged. */
    final void deliverMerged(Frames frames) {
        int[] ids = mergedIds;
        mergedIds = null;
        deliver(frames, mergedQos, mergedRetain, ids, null);
    }

    /** By which filter the client asked for a subscription, without {@code $share/group/}: its right is to that. */
    public String asked(Subscription subscription) {
        return subscription.filter().filter();
    }
}
