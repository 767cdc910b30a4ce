// SPDX-License-Identifier: Apache-2.0
package io.marquetry.benchmarks;

import io.marquetry.core.port.Loop;
import io.netty.channel.EventLoop;

/** A loop that is whatever thread measures, and runs what it is given at once. */
final class BenchLoop implements Loop {
    @Override
    public int index() {
        return 0;
    }

    @Override
    public boolean inLoop() {
        return true;
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public void schedule(Runnable task, long delayMillis) {
        // no benchmark waits until then
    }

    @Override
    public EventLoop eventLoop() {
        throw new UnsupportedOperationException("no benchmark has sockets");
    }
}
