// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Under which filters the broker knows subscriptions of one client that hooks have changed. The client knows them by
 * what it sent, and unsubscribes by that. Used by the session's loop only.
 */
public final class FilterAliases {
    private final Map<String, String> known = new HashMap<>();

    /** Under which filter the broker knows a subscription; the same one when no hook has changed it. */
    public String known(String sent) {
        return known.getOrDefault(sent, sent);
    }

    /** What the client sent for a subscription that a hook has changed, one of it if there are several; or null. */
    @Nullable
    String sent(String filter) {
        for (Map.Entry<String, String> entry : known.entrySet()) {
            if (entry.getValue().equals(filter)) {
                return entry.getKey();
            }
        }
        return null;
    }

    /**
     * A subscription was made, in the place of whatever the client had subscribed to by the same filter.
     *
     * @return the filter of a subscription that nobody asks for any more, or null
     */
    public @Nullable String subscribed(String sent, String filter) {
        String before = sent.equals(filter) ? known.remove(sent) : known.put(sent, filter);
        return before == null || before.equals(filter) ? null : unasked(before);
    }

    /**
     * The client has unsubscribed.
     *
     * @return the filter of the subscription that ends by that, or null when another filter of its stands for it too
     */
    public @Nullable String unsubscribed(String sent) {
        String filter = known.remove(sent);
        return unasked(filter == null ? sent : filter);
    }

    private @Nullable String unasked(String filter) {
        return known.containsValue(filter) ? null : filter;
    }
}
