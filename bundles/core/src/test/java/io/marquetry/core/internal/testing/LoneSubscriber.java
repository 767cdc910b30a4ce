// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.core.internal.loop.Home;
import io.marquetry.core.internal.message.Frames;
import io.marquetry.core.internal.router.Subscriber;
import io.marquetry.core.internal.router.Subscription;
import org.jspecify.annotations.Nullable;

/** A subscriber without a session, for tests of what finds it. */
public final class LoneSubscriber extends Subscriber {
    private int delivered;
    public volatile boolean online = true;
    public volatile boolean full;
    public volatile boolean ended;

    public LoneSubscriber(Home home) {
        this(home, "lone");
    }

    public LoneSubscriber(Home home, String clientId) {
        super(home, clientId);
    }

    /** How many messages came. */
    public int delivered() {
        return delivered;
    }

    @Override
    public void deliver(
            Frames frames, int qos, boolean retain, int @Nullable [] subscriptionIds, @Nullable Subscription share) {
        delivered++;
    }

    @Override
    public boolean isOnline() {
        return online;
    }

    @Override
    public boolean isFull() {
        return full;
    }

    @Override
    public boolean hasEnded() {
        return ended;
    }
}
