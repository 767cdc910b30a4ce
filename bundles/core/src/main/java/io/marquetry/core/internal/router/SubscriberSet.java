// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.router;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The subscriptions of one node on one loop: an array without holes; each subscription knows its place in it. */
final class SubscriberSet {
    private @Nullable Subscription[] items = new Subscription[2];
    private int size;

    void add(Subscription subscription) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        subscription.index = size;
        items[size++] = subscription;
    }

    void remove(Subscription subscription) {
        int hole = subscription.index;
        Subscription last = items[--size];
        items[size] = null;
        if (last != null && last != subscription) {
            items[hole] = last;
            last.index = hole;
        }
        subscription.index = -1;
        if (items.length > 16 && size * 4 < items.length) {
            items = Arrays.copyOf(items, items.length / 2);
        }
    }

    int size() {
        return size;
    }

    @SuppressWarnings("NullAway") // i is below size, and there are no holes below it
    Subscription get(int i) {
        return items[i];
    }
}
