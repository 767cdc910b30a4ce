// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Subscription;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** One message for one session, in its queue or in flight. */
class Delivery {
    /** What an object of this class and its place in a queue cost, roughly. */
    private static final int OVERHEAD = 56;

    private final Publication publication;
    private final byte qos;
    private final boolean retain;
    private final int @Nullable [] subscriptionIds;
    private final @Nullable Subscription share;

    /**
     * @param publication the message, shared with everyone who holds it
     * @param qos the quality of service of this delivery
     * @param retain the RETAIN flag of this delivery
     * @param subscriptionIds the identifiers of the subscriptions that matched, or null
     * @param share the shared subscription it came by, or null
     */
    Delivery(
            Publication publication,
            int qos,
            boolean retain,
            int @Nullable [] subscriptionIds,
            @Nullable Subscription share) {
        this.publication = publication;
        this.qos = (byte) qos;
        this.retain = retain;
        this.subscriptionIds = subscriptionIds;
        this.share = share;
    }

    final Publication publication() {
        return publication;
    }

    final int qos() {
        return qos;
    }

    final boolean retain() {
        return retain;
    }

    final int @Nullable [] subscriptionIds() {
        return subscriptionIds;
    }

    final @Nullable Subscription share() {
        return share;
    }

    /** What it is charged with in the bounds of its session. */
    int charge() {
        return publication.charge();
    }

    /** It is kept from now on: the node is charged with it, and with its message unless another holds that. */
    void keep(Budget.Ledger ledger) {
        ledger.add(OVERHEAD + publication.hold());
    }

    /** It is no longer kept. */
    void letGo(Budget.Ledger ledger) {
        ledger.add(-OVERHEAD - publication.release());
    }

    /**
     * Whether it came by a subscription that is withheld and by no other, as far as its topic tells.
     *
     * @param subscriptions those of its session
     */
    final boolean isWithheld(Collection<Subscription> subscriptions) {
        if (share != null) {
            return share.isWithheld();
        }
        String topic = publication.topic();
        boolean withheld = false;
        for (Subscription subscription : subscriptions) {
            if (!subscription.filter().isShared() && subscription.filter().matches(topic)) {
                if (!subscription.isWithheld()) {
                    return false;
                }
                withheld = true;
            }
        }
        return withheld;
    }
}
