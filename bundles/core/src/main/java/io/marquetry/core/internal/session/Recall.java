// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.session;

import io.marquetry.api.store.StoreException;
import io.marquetry.core.internal.session.Pages.Page;
import java.util.HashMap;
import java.util.Map;

/** Reads the messages back that a session had in flight when the broker ended; they are sent again first. */
final class Recall implements Pages.Taker {
    private final ApplicationMessages session;
    private final Durable durable;
    private final Window window;
    private boolean reading;

    Recall(ApplicationMessages session, Durable durable, Window window) {
        this.session = session;
        this.durable = durable;
        this.window = window;
    }

    /** Reads some of those that are still absent, unless it does already. */
    void go() {
        long[] range = window.absent();
        if (range != null && !reading) {
            reading = true;
            durable.read(range[0], range[1], Pages.MOST, this);
        }
    }

    @Override
    public void read(Page page) {
        reading = false;
        if (session.hasEnded()) {
            return;
        }
        Map<Long, StoredDelivery> read = new HashMap<>();
        for (Pages.Entry entry : page.entries()) {
            read.put(entry.sequence(), durable.delivery(entry));
        }
        int lost = window.read(read, page.end());
        if (lost > 0) {
            durable.lost(lost);
        }
        session.pump();
    }

    @Override
    public void failed(StoreException problem) {
        reading = false;
        durable.unreadable(problem);
    }

    @Override
    public void gone() {
        session.storeWatch().whenThere(() -> {
            reading = false;
            go();
        });
    }
}
