// SPDX-License-Identifier: Apache-2.0
package io.marquetry.transport;

import io.marquetry.core.port.Loop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/** A real loop on which time passes when the test says so. */
final class StandingClock implements Loop {
    private final Loop loop;
    private final List<Runnable> due = new ArrayList<>();
    private final List<Long> delays = new ArrayList<>();

    StandingClock(Loop loop) {
        this.loop = loop;
    }

    /** The delays that were asked for, in milliseconds. */
    synchronized List<Long> delays() {
        return List.copyOf(delays);
    }

    /** Runs what waits, once something does. */
    void pass() {
        NettyWireTest.until("something waits", () -> {
            synchronized (this) {
                return !due.isEmpty();
            }
        });
        synchronized (this) {
            due.forEach(loop::execute);
            due.clear();
        }
    }

    @Override
    public int index() {
        return loop.index();
    }

    @Override
    public boolean inLoop() {
        return loop.inLoop();
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(task);
    }

    @Override
    public synchronized void schedule(Runnable task, long delayMillis) {
        due.add(task);
        delays.add(delayMillis);
    }

    @Override
    public EventLoop eventLoop() {
        return loop.eventLoop();
    }
}
