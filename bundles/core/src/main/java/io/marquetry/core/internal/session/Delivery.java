// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.loop.Budget;
import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Subscription;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * One message for one session, in its queue or in flight.
 *
 * @param publication the message, shared with everyone who holds it
 * @param qos the quality of service of this delivery
 * @param retain the RETAIN flag of this delivery
 * @param subscriptionIds the identifiers of the subscriptions that matched, or null
 * @param share the shared subscription it came by, or null
 */
record Delivery(
        Publication publication,
        int qos,
        boolean retain,
        int @Nullable [] subscriptionIds,
        @Nullable Subscription share) {
    /** What an object of this class and its place in a queue cost, roughly. */
    private static final int OVERHEAD = 56;

    /** It is kept from now on: the node is charged with it, and with its message unless another holds that. */
    void keep(Budget.Ledger ledger) {
        ledger.add(OVERHEAD + publication.hold());
    }

    /**
     * Whether it came by a subscription that is withheld and by no other, as far as its topic tells.
     *
     * @param subscriptions those of its session
     */
    boolean isWithheld(Collection<Subscription> subscriptions) {
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

    /** It is no longer kept. */
    void letGo(Budget.Ledger ledger) {
        ledger.add(-OVERHEAD - publication.release());
    }
}
