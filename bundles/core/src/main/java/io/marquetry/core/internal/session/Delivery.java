// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.core.internal.message.Publication;
import io.marquetry.core.internal.router.Subscription;
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
        @Nullable Subscription share) {}
