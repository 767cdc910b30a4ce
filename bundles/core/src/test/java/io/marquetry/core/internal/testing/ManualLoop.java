// SPDX-License-Identifier: Apache-2.0
package io.marquetry.core.internal.testing;

import io.marquetry.core.port.Loop;
import io.netty.channel.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * An event loop without a thread: tasks wait until {@link ManualLoops} runs them. Other threads may give it tasks, as
 * extensions do when they answer.
 */
public final class ManualLoop implements Loop {
    private final ManualLoops all;
    private final int index;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    ManualLoop(ManualLoops all, int index) {
        this.all = all;
        this.index = index;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public boolean inLoop() {
        return all.running() == this;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public void schedule(Runnable task, long delayMillis) {
        all.schedule(this, task, delayMillis);
    }

    @Override
    public EventLoop eventLoop() {
        throw new UnsupportedOperationException("a manual loop has no sockets");
    }

    boolean hasTasks() {
        return !tasks.isEmpty();
    }

    /** Runs the first task; returns whether there was one. */
    boolean runOne() {
        Runnable task = tasks.poll();
        if (task == null) {
            return false;
        }
        all.run(this, task);
        return true;
    }
}
