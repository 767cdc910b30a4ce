// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.hook;

import io.marquetry.api.event.BrokerEvent;
import io.marquetry.api.event.BrokerEventListener;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one listener has still to hear: bounded, the oldest leave first. It is emptied on the listener's own thread, one
 * at a time, as long as there is something. Callable from any thread.
 */
final class EventQueue {
    static final int MOST = 10_000;

    private final ArrayDeque<BrokerEvent> events = new ArrayDeque<>();
    private long lost;
    /** Who is being told now; another one than the newest when that hangs and was replaced. */
    private @Nullable Member<BrokerEventListener> told;

    /** Adds an event, and sees to it that the listener is told. */
    void add(BrokerEvent event, Member<BrokerEventListener> listener) {
        synchronized (this) {
            if (events.size() == MOST) {
                events.poll();
                lost++;
            }
            events.add(event);
            if (listener.isHeld() || (told != null && told.service() == listener.service())) {
                return; // whoever takes the place goes on; or the thread that tells it now
            }
            told = listener;
        }
        listener.onOwnThread(() -> tell(listener), () -> end(listener));
    }

    private void tell(Member<BrokerEventListener> listener) {
        while (true) {
            List<BrokerEvent> batch;
            long lostBefore;
            synchronized (this) {
                if (told != listener || events.isEmpty() || listener.isHeld()) {
                    end(listener);
                    return;
                }
                batch = List.copyOf(events);
                lostBefore = lost;
                events.clear();
                lost = 0;
            }
            listener.askNow(
                    "hear what happened",
                    service -> {
                        service.onEvents(batch, lostBefore);
                        return true;
                    },
                    false);
        }
    }

    /** The thread has ended, or there was none. */
    private synchronized void end(Member<BrokerEventListener> listener) {
        if (told == listener) {
            told = null;
        }
    }
}
