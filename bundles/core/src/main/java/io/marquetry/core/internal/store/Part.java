// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.store;

import io.marquetry.api.store.Batch;
import io.marquetry.core.internal.loop.Home;
import java.util.ArrayList;
import java.util.List;

/**
 * What the durable sessions of one loop keep of a {@link Consignment}. Until all of it is committed they hold their
 * copies back, and everything behind them: a copy that left before would come again if the broker ended now.
 */
public final class Part {
    private final Home home;
    private final Batch batch = new Batch(256);
    private final List<Runnable> released = new ArrayList<>(2);
    private boolean committed;

    Part(Home home) {
        this.home = home;
    }

    Home home() {
        return home;
    }

    /** Where sessions note what they keep. */
    public Batch batch() {
        return batch;
    }

    /** Whether the copies may leave; on the loop of the sessions. */
    public boolean isCommitted() {
        return committed;
    }

    /** Calls back on the loop of the sessions, once, when the copies may leave. */
    public void whenCommitted(Runnable then) {
        released.add(then);
    }

    void committed() {
        committed = true;
        released.forEach(Runnable::run);
        released.clear();
    }
}
